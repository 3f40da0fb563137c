// The whole event is the data; what is not signed by the provider starts nothing (§3).
import { defineWorkflow, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Stripe signature',
  integrations: [{ service: 'stripe' }],
  trigger: webhook({ service: 'stripe', event: 'charge.refunded' }),
  async execute({ trigger }) {
    const charge = trigger.data.data.object;
    return { type: trigger.data.type, id: trigger.data.id, amount: charge.amount / 100, at: trigger.timestamp };
  },
});
