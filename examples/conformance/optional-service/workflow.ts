// An optional service that is not connected is `undefined`, and using it is a TypeError that modules catch (§13.1).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Optional service',
  integrations: [{ service: 'notion' }, { service: 'slack', optional: true }],
  trigger: manual(),
  async execute({ integrations }) {
    let thrown = '';
    try {
      await integrations.slack.chat.postMessage({ channel: 'C1', text: 'hello' });
    } catch (error) {
      thrown = (error as Error).name;
    }
    return { slack: integrations.slack === undefined ? 'absent' : 'present', thrown, keys: Object.keys(integrations) };
  },
});
