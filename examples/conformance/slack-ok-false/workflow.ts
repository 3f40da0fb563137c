// Slack says no with status 200 and `ok: false` (§13.4).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Slack refusals',
  integrations: [{ service: 'slack' }],
  trigger: manual(),
  async execute({ trigger, integrations }) {
    const result = await integrations.slack.chat.postMessage({ channel: trigger.data.channel, text: 'x' });
    return { success: true, sent: result.success, code: result.error?.code, message: result.error?.message };
  },
});
