// A list of Notion is an array and has `results`, `has_more`, `next_cursor`; its JSON is the plain array (§13.2).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Notion lists',
  integrations: [{ service: 'notion', scopes: ['read_pages'] }],
  trigger: manual(),
  async execute({ integrations }) {
    const found = await integrations.notion.databases.query({ database_id: 'db_1', filter: undefined, page_size: 2 });
    const pages = found.data;
    const ids: string[] = [];
    for (const page of pages) ids.push(page.id);
    const searched = await integrations.notion.search({ query: 'Plan', filter: { property: 'object', value: 'database' } });
    return {
      ids,
      results: pages.results.map((page: any) => page.id),
      shape: [Array.isArray(pages), pages.length, pages[0].id, pages.has_more, pages.next_cursor],
      keys: Object.keys(pages),
      json: JSON.stringify(pages.map((page: any) => ({ id: page.id }))),
      text: JSON.stringify(pages).startsWith('[{'),
      searched: searched.data.results.length,
    };
  },
});
