// `env.<NAME>` are plain texts of the developer; what is not there is undefined (§5).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Environment',
  trigger: manual(),
  async execute({ env, installationId, userId, organizationId }) {
    const base = env.CRM_BASE_URL || 'https://crm.example.com';
    const response = await fetch(`${base}/ping`);
    return { status: response.status, missing: env.NOT_SET === undefined, kinds: [typeof installationId, typeof userId, typeof organizationId], named: installationId.length > 0 };
  },
});
