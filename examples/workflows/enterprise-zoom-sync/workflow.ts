import { defineWorkflow, webhook } from '@workwayco/sdk';

export default defineWorkflow({
  name: 'Enterprise Zoom Sync',
  version: '1.0.0',

  integrations: [
    { service: 'zoom', scopes: ['meeting:read', 'recording:read'] },
    { service: 'notion', scopes: ['read_pages', 'write_pages'] },
  ],

  inputs: {
    zoomClientId: {
      type: 'text',
      label: 'Zoom Client ID',
      required: true,
    },
    zoomClientSecret: {
      type: 'text',
      label: 'Zoom Client Secret',
      required: true,
    },
    notionApiKey: {
      type: 'text',
      label: 'Notion API Key',
      required: true,
    },
    notionDatabase: {
      type: 'text',
      label: 'Notion Database ID',
      required: true,
    },
  },

  trigger: webhook({ service: 'zoom', event: 'recording.completed' }),

  async execute({ trigger, inputs, integrations }) {
    // Workflow uses client's credentials via BYOO
    // ...
  },
});

export const metadata = {
  id: 'enterprise-zoom-sync',
  visibility: 'private' as const,
  byoo: {
    enabled: true,
    providers: ['zoom', 'notion'],
    instructions: `
      This workflow requires your organization's OAuth credentials.

      1. Create a Zoom Server-to-Server app at marketplace.zoom.us
      2. Create a Notion integration at notion.so/my-integrations
      3. Enter your credentials during setup
    `,
  },
};
