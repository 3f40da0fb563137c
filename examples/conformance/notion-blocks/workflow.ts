// Blocks may leave `object` and `type` out; long lists are appended in batches (§13.5). Nested and flat names are one (§16 row 5).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Notion blocks',
  integrations: [{ service: 'notion' }],
  trigger: manual(),
  async execute({ integrations }) {
    const { notion } = integrations;
    const page = await notion.createPage({
      parentDatabaseId: 'db_1',
      properties: { Name: { title: [{ text: { content: 'Minutes' } }] }, Empty: undefined },
      children: [{ heading_2: { rich_text: [{ text: { content: 'Agenda' } }] } }, { type: 'divider', divider: {} }],
    });
    const blocks = Array.from({ length: 120 }, (_, n) => ({ paragraph: { rich_text: [{ text: { content: `line ${n}` } }] } }));
    const appended = await notion.appendBlocksInBatches(page.data.id, blocks);
    return { id: page.data.id, appended: appended.data };
  },
});
