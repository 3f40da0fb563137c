// The host honours `Retry-After`: the workflow sees one call (§9).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Retry-After',
  integrations: [{ service: 'slack', scopes: ['send_messages'] }],
  trigger: manual(),
  async execute({ integrations }) {
    const sent = await integrations.slack.chat.postMessage({ channel: 'C1', text: 'once' });
    return { success: sent.success, ts: sent.data.ts };
  },
});
