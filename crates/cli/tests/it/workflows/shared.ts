// One workflow that many workspaces install, each with accounts of its own.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Shared',
  version: '1.0.0',
  integrations: [{ service: 'zoom', scopes: ['meeting:read'] }],
  inputs: { apiKey: { type: 'secret', label: 'API key', required: true } },
  trigger: manual(),
  async execute({ trigger, inputs, integrations }: any) {
    const meeting = await integrations.zoom.getMeeting(trigger.data.meeting);
    await fetch(`https://crm.example/${trigger.data.meeting}`, { method: 'POST', headers: { Authorization: `Bearer ${inputs.apiKey}` }, body: '{}' });
    return { worked: meeting.success, topic: meeting.data?.topic };
  },
});
