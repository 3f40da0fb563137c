import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Backfill',
  description: 'Writes as many entries as it is asked for.',
  version: '1.0.0',
  trigger: manual(),

  async execute({ trigger, storage }) {
    const entries = trigger.data.entries ?? 100;
    for (let n = 0; n < entries; n += 1) {
      await storage.put(`row-${n % 50}`, { n, note: `Row ${n} of ${entries}` });
      if (n % 100 === 0) console.log(`Row ${n}`);
    }
    return { entries };
  },
});

export const metadata = { id: 'backfill', visibility: 'private' as const };
