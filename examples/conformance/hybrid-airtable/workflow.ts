// A list of Airtable is an array and has `records`; pages are followed up to `maxRecords` (§13.2, §13.14).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Airtable lists',
  integrations: [{ service: 'airtable' }],
  trigger: manual(),
  async execute({ integrations }) {
    const { data } = await integrations.airtable.records.list({ baseId: 'app1', tableId: 'Leads', maxRecords: 3 });
    return {
      names: data.map((record: any) => record.fields.Name),
      records: data.records.length,
      first: data[0].id,
      keys: Object.keys(data).length,
    };
  },
});
