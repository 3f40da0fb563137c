import { defineWorkflow, manual } from '@millrace/sdk';

export const metadata = { id: 'required-service' };

/** A declared service that is not `optional` must be connected before anything runs. */
export default defineWorkflow({
  name: 'Required service',
  integrations: [{ service: 'slack' }, { service: 'notion', optional: true }],
  config: { channel: { type: 'text', required: true } },
  trigger: manual(),
  async execute({ inputs, integrations }) {
    const posted = await integrations.slack.chat.postMessage({ channel: inputs.channel, text: 'hello' });
    return { success: posted.success, notion: integrations.notion === undefined };
  },
});
