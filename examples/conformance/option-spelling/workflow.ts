// Options are understood in camelCase and in snake_case; undefined members are dropped (§13.1).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Option spelling',
  integrations: [{ service: 'github' }, { service: 'notion' }],
  trigger: manual(),
  async execute({ integrations }) {
    const { github, notion } = integrations;
    const camel = await github.issues.comment({ owner: 'acme', repo: 'app', issueNumber: 7, body: 'camel' });
    const snake = await github.issues.comment({ owner: 'acme', repo: 'app', issue_number: 8, body: 'snake' });
    const page = await notion.pages.retrieve({ pageId: 'p1' });
    const updated = await notion.updatePage({ pageId: 'p1', properties: { Done: { checkbox: true }, Note: undefined }, archived: undefined });
    return { ids: [camel.data.id, snake.data.id], page: page.data.id, updated: updated.success };
  },
});
