// A workflow that costs something, and fails when it is told to.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Priced',
  version: '1.0.0',
  integrations: [],
  trigger: manual(),
  pricing: { model: 'usage', pricePerExecution: 0.05, freeExecutions: 1 },
  async execute({ trigger, storage }) {
    console.log('begun', trigger.data.n);
    await storage.set('last', trigger.data.n);
    if (trigger.data.fail) throw new Error(`told to fail, number ${trigger.data.n}`);
    return { fine: true };
  },
});

export const metadata = { id: 'priced', visibility: 'public', audit: { enabled: true, events: ['execute'] } };
