// Slack's inner event is the data; `message` is called `message.received` (§3). The challenge is answered.
import { defineWorkflow, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Slack events',
  integrations: [{ service: 'slack' }],
  trigger: webhook({ service: 'slack', event: 'message.received' }),
  async execute({ trigger }) {
    const { channel, text, user, bot_id, thread_ts, ts } = trigger.data;
    if (bot_id) return { success: true, skipped: true, reason: 'a bot' };
    return { event: trigger.event, service: trigger.service, channel, text, user, thread: thread_ts ?? ts };
  },
});
