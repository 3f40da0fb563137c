// Linear and Sentry keep the whole body; the event joins a name and an action (§3).
import { defineWorkflow, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Provider events',
  integrations: [{ service: 'linear' }, { service: 'sentry' }],
  trigger: webhook({ service: 'linear', event: 'Issue.update' }),
  webhooks: [webhook({ service: 'sentry', event: 'issue.created' })],
  async execute({ trigger }) {
    const item = trigger.service === 'linear' ? trigger.data.data : trigger.data.data.issue;
    return { service: trigger.service, event: trigger.event, title: item.title, state: item.state?.name ?? item.level };
  },
});
