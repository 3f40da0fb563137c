// One call in a run of its own.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Fault child',
  version: '1.0.0',
  integrations: [],
  trigger: manual(),
  async execute({ trigger }) {
    const { n, step } = trigger.data;
    const answer = await fetch(`https://sink.example/${n}/${step}`, { method: 'POST', body: '{}' });
    return { token: (await answer.json()).token };
  },
});
