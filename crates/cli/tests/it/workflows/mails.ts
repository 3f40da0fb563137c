import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Mails',
  version: '1.0.0',
  integrations: [{ service: 'gmail', scopes: ['read_email'] }],
  trigger: manual(),

  async execute({ integrations }) {
    const found = await integrations.gmail.listMessages({ labelIds: ['INBOX'] });
    if (!found.success) throw new Error('no mails');
    return { success: true, messages: found.data?.length };
  },
});

export const metadata = { id: 'mails', credentialMode: 'developer' as const };
