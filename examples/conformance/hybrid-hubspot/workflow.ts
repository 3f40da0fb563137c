// A sorted list goes through the search; both answers are arrays with `results` (§13.10).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'HubSpot lists',
  integrations: [{ service: 'hubspot' }],
  trigger: manual(),
  async execute({ integrations }) {
    const { hubspot } = integrations;
    const newest = await hubspot.deals.list({ limit: 1, properties: ['dealname'], sorts: [{ propertyName: 'createdate', direction: 'DESCENDING' }] });
    const plain = await hubspot.deals.list({ limit: 2, properties: ['dealname', 'amount'] });
    const found = await hubspot.searchDeals({ query: 'Acme', limit: 5 });
    return {
      newest: newest.data.results[0].id,
      plain: plain.data.map((deal: any) => deal.properties.dealname),
      found: [found.data.length, found.data.results.length],
    };
  },
});
