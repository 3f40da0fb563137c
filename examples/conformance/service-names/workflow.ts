// Services are declared and read in kebab-case and camelCase, mixed freely (§13.1).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Service names',
  integrations: [{ service: 'google-sheets' }, { service: 'google-calendar' }, 'follow-up-boss'],
  trigger: manual(),
  async execute({ integrations }) {
    const names = integrations as Record<string, any>;
    const rows = await names.googleSheets.spreadsheets.values.get({ spreadsheetId: 's1', range: 'A1:B2' });
    const again = await names['google-sheets'].spreadsheets.values.get({ spreadsheetId: 's1', range: 'A1:B2' });
    return {
      same: [names.googleSheets === names['google-sheets'], names.googleCalendar === names['google-calendar'], names.followUpBoss === names['follow-up-boss']],
      rows: [rows.data.values[0][0], again.data.values[0][0]],
      listed: Object.keys(names),
    };
  },
});
