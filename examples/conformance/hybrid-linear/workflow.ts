// `issues` is callable and a namespace; lists have `nodes`, labels are an array with `nodes` (§13.2, §13.11).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Linear lists',
  integrations: [{ service: 'linear' }],
  trigger: manual(),
  async execute({ integrations }) {
    const { linear } = integrations;
    const found = await linear.issues({ filter: { team: { id: { eq: 't1' } }, assignee: undefined } });
    const issue = found.data[0];
    const updated = await linear.issues.update({ issueId: issue.id, priority: 1 });
    return {
      nodes: found.data.nodes.map((one: any) => one.identifier),
      labels: [issue.labels.some((label: any) => label.name === 'bug'), issue.labels.nodes.length, issue.labels.length],
      json: JSON.stringify(issue.labels),
      updated: updated.data.priority,
      kind: typeof linear.issues,
    };
  },
});
