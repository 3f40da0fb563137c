// Notion's deliveries carry ids only; the workflow reads a whole page (§3).
import { defineWorkflow, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Notion hydration',
  integrations: [{ service: 'notion' }],
  trigger: webhook({ service: 'notion', event: 'page.created' }),
  async execute({ trigger }) {
    const page = trigger.data;
    return { id: page.id, url: page.url, title: page.properties.Name.title[0].plain_text };
  },
});
