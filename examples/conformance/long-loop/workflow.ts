// Five hundred rows with a pause after each, and a write after each fifty (§9: the longest legitimate run).
import { defineWorkflow, manual, sleep } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Long loop',
  integrations: [{ service: 'google-sheets' }],
  trigger: manual(),
  async execute({ integrations }) {
    const begun = Date.now();
    let rows: number[][] = [];
    let written = 0;
    for (let n = 0; n < 500; n += 1) {
      rows.push([n, n * 2]);
      await sleep(350);
      if (rows.length === 50) {
        const result = await integrations.googleSheets.spreadsheets.values.append({ spreadsheetId: 's1', range: 'A:B', valueInputOption: 'RAW', requestBody: { values: rows } });
        if (result.success) written += rows.length;
        rows = [];
      }
    }
    return { written, minutes: Math.floor((Date.now() - begun) / 60_000) };
  },
});
