// A service that is not declared is absent, and requests to its host get no credentials (§13.1).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Undeclared service',
  integrations: [{ service: 'slack' }],
  trigger: manual(),
  async execute({ integrations }) {
    const all = integrations as Record<string, any>;
    const response = await fetch('https://slack.com/api/auth.test', { method: 'POST' });
    return { notion: typeof all.notion, slack: typeof all.slack, status: response.status, named: 'notion' in all };
  },
});
