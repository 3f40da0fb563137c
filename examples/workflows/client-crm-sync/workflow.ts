import { defineWorkflow, webhook } from '@workwayco/sdk';

export default defineWorkflow({
  name: 'Client CRM Sync',
  description: 'Syncs meeting data to internal CRM',
  version: '1.0.0',

  integrations: [
    { service: 'zoom', scopes: ['meeting:read'] },
  ],

  inputs: {
    crmEndpoint: { type: 'text', label: 'CRM API Endpoint', required: true },
  },

  trigger: webhook({
    service: 'zoom',
    event: 'meeting.ended',
  }),

  async execute({ trigger, inputs, integrations }) {
    // ... workflow logic
  },
});

// Private workflow metadata is exported separately
export const metadata = {
  id: 'client-crm-sync',
  visibility: 'private' as const,
  accessGrants: [
    { type: 'email_domain' as const, value: 'acmecorp.com' },
    { type: 'email' as const, value: 'contractor@external.com' },
    { type: 'organization' as const, value: 'org_123' },
  ],
};
