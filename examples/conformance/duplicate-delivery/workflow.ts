// A provider sends again what it thinks was lost: one delivery id, one run (§3).
import { defineWorkflow, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Duplicate deliveries',
  integrations: [{ service: 'stripe' }],
  trigger: webhook({ service: 'stripe' }),
  async execute({ trigger, storage }) {
    const count = ((await storage.get<number>('count')) ?? 0) + 1;
    await storage.put('count', count);
    return { count, event: trigger.event };
  },
});
