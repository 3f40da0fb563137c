// A webhook of no particular provider.
import { defineWorkflow, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Hooked',
  version: '1.0.0',
  integrations: [],
  trigger: webhook({ path: 'orders', event: 'order.created' }),
  async execute({ trigger }) {
    return { event: trigger.event, n: trigger.data.n };
  },
});
