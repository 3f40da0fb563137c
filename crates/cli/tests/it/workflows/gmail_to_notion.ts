import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Gmail to Notion',
  description: 'Messages with a label become pages of the team.',
  version: '1.0.0',
  integrations: [{ service: 'gmail', scopes: ['read_email'] }, { service: 'notion' }],
  inputs: { notionDatabase: { type: 'text', label: 'Notion database', required: true } },
  trigger: manual(),

  async execute({ inputs, integrations }) {
    const found = await integrations.gmail.listMessages({ labelIds: ['Label_1'] });
    let pages = 0;
    for (const message of found.data ?? []) {
      const made = await integrations.notion.pages.create({
        parent: { database_id: inputs.notionDatabase },
        properties: { Name: { title: [{ text: { content: message.id } }] } },
      });
      if (made.success) pages += 1;
    }
    return { success: true, pages };
  },
});

export const metadata = { id: 'gmail-to-notion', visibility: 'private' as const, credentialMode: 'developer' as const };
