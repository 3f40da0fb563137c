// One step after another, so that somebody may come between them.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Resting',
  version: '1.0.0',
  integrations: [],
  trigger: manual(),
  async execute({ trigger, storage }) {
    for (let n = 1; n <= trigger.data.steps; n++) {
      await fetch('https://crm.example/step', { method: 'POST', body: JSON.stringify({ n }) });
      await storage.set('done', n);
    }
    return { steps: trigger.data.steps };
  },
});
