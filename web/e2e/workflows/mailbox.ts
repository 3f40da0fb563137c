import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Mail to pages',
  description: 'Messages with a label become pages.',
  version: '1.0.0',
  integrations: [{ service: 'gmail', scopes: ['read_email'] }],
  trigger: manual(),

  async execute({ integrations }) {
    const found = await integrations.gmail.listMessages({ labelIds: ['Label_1'] });
    return { messages: (found.data ?? []).length };
  },
});

export const metadata = { id: 'mail-to-pages', visibility: 'private' as const, credentialMode: 'developer' as const };
