import { cron, defineWorkflow } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Shop digest',
  description: 'What the shop sold yesterday, as a page in Notion every morning.',
  version: '1.0.0',
  integrations: [{ service: 'notion' }],
  inputs: {
    shop: { type: 'text', label: 'Name of the shop', required: true },
    style: { type: 'select', label: 'Style', options: ['short', 'long'], default: 'short' },
    revenue: { type: 'boolean', label: 'With revenue', default: true },
    note: { type: 'text', label: 'Closing line' },
  },
  trigger: cron('0 8 * * *'),

  async execute({ inputs, integrations }) {
    const made = await integrations.notion.pages.create({ parent: { database_id: 'db' }, properties: { Name: { title: [{ text: { content: `${inputs.shop} yesterday` } }] } } });
    return { success: made.success };
  },
});

export const metadata = { id: 'shop-digest', category: 'sales', tagline: 'Yesterday’s sales on one page', visibility: 'public' as const };
