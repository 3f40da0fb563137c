// Uses one of each secret: a webhook's signing secret, a connection, a secret input, a secret variable.
import { defineWorkflow, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Rotating',
  version: '1.0.0',
  integrations: [{ service: 'zoom', scopes: ['meeting:read'] }],
  inputs: {
    apiKey: { type: 'text', label: 'API Key', required: true },
    endpoint: { type: 'text', label: 'Endpoint', required: true },
  },
  trigger: webhook({ path: 'orders', event: 'order.created' }),
  async execute({ trigger, inputs, integrations }: any) {
    const meeting = await integrations.zoom.getMeeting(85746065432);
    const answer = await fetch(inputs.endpoint, { method: 'POST', headers: { Authorization: `Bearer ${inputs.apiKey}` }, body: '{}' });
    return { n: trigger.data.n, meeting: meeting.data.id, status: answer.status };
  },
});
