// A list of Stripe is an array and has `data` and `has_more` (§13.2); bodies are forms with bracketed names (§13.8).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Stripe lists',
  integrations: [{ service: 'stripe', scopes: ['read_payments'] }],
  trigger: manual(),
  async execute({ integrations }) {
    const { stripe } = integrations;
    const customers = await stripe.customers.list({ email: 'ada@example.com', limit: 2 });
    const created = await stripe.customers.create({ email: 'new@example.com', metadata: { source: 'crm' } });
    let total = 0;
    for (const customer of customers.data) total += customer.balance;
    return {
      total,
      shape: [customers.data.length, customers.data.data.length, customers.data.has_more, customers.data.data === customers.data],
      plain: JSON.parse(JSON.stringify(customers.data)).length,
      created: created.data.id,
    };
  },
});
