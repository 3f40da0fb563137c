// Sleeps of days cost nothing and end at their own instant.
import { defineWorkflow, manual, sleep } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Sleep',
  integrations: [{ service: 'slack' }],
  trigger: manual(),
  async execute({ integrations }) {
    const before = new Date().toISOString();
    await sleep('3d');
    await integrations.slack.chat.postMessage({ channel: 'C1', text: 'three days later' });
    await sleep(new Date('2026-02-01T00:00:00Z'));
    return { before, after: new Date().toISOString().slice(0, 16) };
  },
});
