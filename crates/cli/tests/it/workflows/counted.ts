// One numbered call, so that a service can count runs.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Counted',
  version: '1.0.0',
  integrations: [],
  trigger: manual(),
  async execute({ trigger }) {
    const { n, local } = trigger.data;
    if (!local) await fetch('https://counter.example/count', { method: 'POST', body: JSON.stringify({ n }) });
    return { n };
  },
});
