// GraphQL says no with status 200: `errors[0].message` is the failure, `provider_down` its code (§13.11); one argument by position.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Linear errors',
  integrations: [{ service: 'linear' }],
  trigger: manual(),
  async execute({ integrations }) {
    const { linear } = integrations;
    const refused = await linear.issues.comment('i1', 'hello');
    const cycle = await linear.cycles.getCurrent({ teamId: 't1' });
    return { code: refused.error.code, message: refused.error.message, cycle: cycle.data };
  },
});
