// `filter` compares members of the payload with values of the configuration (§3).
import { defineWorkflow, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Trigger filter',
  integrations: [{ service: 'slack' }],
  inputs: { slackChannel: { type: 'text', required: true } },
  trigger: webhook({ service: 'slack', event: 'message.received', filter: { channel: '{{inputs.slackChannel}}' } }),
  async execute({ trigger }) {
    return { text: trigger.data.text };
  },
});
