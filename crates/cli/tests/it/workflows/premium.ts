import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Premium',
  description: 'A sophisticated workflow that is sold to customers one by one.',
  version: '1.0.0',
  integrations: [{ service: 'notion' }],
  trigger: manual(),

  async execute({ integrations }) {
    const made = await integrations.notion.pages.create({ parent: { database_id: 'db' }, properties: {} });
    return { success: made.success };
  },
});

export const metadata = { id: 'premium', visibility: 'private' as const, credentialMode: 'system' as const };
