// A click is a form with one field of JSON; the workflow reads what is in it (§3).
import { defineWorkflow, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Slack interactivity',
  integrations: [{ service: 'slack' }],
  trigger: webhook({ service: 'slack', event: 'interactive_message' }),
  async execute({ trigger, integrations }) {
    const { actions, user, message, channel } = trigger.data;
    const updated = await integrations.slack.chat.update({ channel: channel.id, ts: message.ts, text: `${actions[0].action_id}: ${actions[0].value} by ${user.username}` });
    return { event: trigger.event, success: updated.success };
  },
});
