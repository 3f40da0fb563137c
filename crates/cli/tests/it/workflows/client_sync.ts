import { defineWorkflow, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Client CRM Sync',
  description: 'Syncs meeting data to the client\'s CRM',
  version: '1.0.0',
  integrations: [{ service: 'zoom', scopes: ['meeting:read'] }],
  inputs: {
    crmEndpoint: { type: 'text', label: 'CRM API Endpoint', required: true },
    crmApiKey: { type: 'text', label: 'CRM API Key', required: true },
  },
  trigger: webhook({ service: 'zoom', event: 'meeting.ended' }),

  async execute({ trigger, inputs, integrations }) {
    const meeting = await integrations.zoom.getMeeting(trigger.data.object.id);
    await fetch(inputs.crmEndpoint, {
      method: 'POST',
      headers: { Authorization: `Bearer ${inputs.crmApiKey}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ topic: meeting.data.topic }),
    });
    return { success: true };
  },
});

export const metadata = {
  id: 'client-workflow',
  visibility: 'private' as const,
  accessGrants: [{ type: 'email_domain' as const, value: 'clientcorp.com' }],
  analytics: { enabled: true, retention: '90d', exportEnabled: true },
  audit: { enabled: true, events: ['execute', 'config_change'], retention: '365d' },
};
