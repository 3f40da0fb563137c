// The event is the header and the action: `pull_request.opened` (§3).
import { defineWorkflow, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'GitHub events',
  integrations: [{ service: 'github' }],
  trigger: webhook({ service: 'github', events: ['pull_request.opened', 'issues.opened'] }),
  async execute({ trigger }) {
    return { event: trigger.event, number: (trigger.data.pull_request ?? trigger.data.issue).number, repo: trigger.data.repository.full_name };
  },
});
