// `actions`: the workflow's own, then the host's under kebab-case names, and a mirror of the services (§5).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Actions',
  inputs: { prefix: { type: 'text', default: '>' } },
  integrations: [{ service: 'slack' }],
  customActions: {
    'crm.score-lead': async (input, { config, storage }) => {
      await storage.set('scored', input.email);
      return { score: input.seats > 10 ? 90 : 10, note: `${config.prefix} ${input.email}` };
    },
  },
  trigger: manual(),
  async execute({ actions }) {
    const lead = await actions.execute('crm.score-lead', { email: 'ada@example.com', seats: 50 });
    const sent = await actions.execute('slack.chat.post-message', { channel: 'C1', text: lead.note });
    const mirrored = await actions.slack.chat.postMessage({ channel: 'C1', text: 'mirrored' });
    let unknown = '';
    try {
      await actions.execute('crm.nothing', {});
    } catch (error) {
      unknown = (error as Error).message;
    }
    return { score: lead.score, sent: sent.data.ts, mirrored: mirrored.data.ts, unknown };
  },
});
