import { defineWorkflow, webhook } from '@workwayco/sdk';

export default defineWorkflow({
  name: 'ACME Meeting Processor',
  description: 'Process meetings for ACME Corp with custom CRM sync',
  version: '1.2.0',

  integrations: [
    { service: 'zoom', scopes: ['meeting:read'] },
    { service: 'notion', scopes: ['read_pages', 'write_pages'], optional: true },
  ],

  inputs: {
    crmEndpoint: {
      type: 'text',
      label: 'Internal CRM API Endpoint',
      required: true,
    },
    crmApiKey: {
      type: 'text',
      label: 'CRM API Key',
      required: true,
    },
    notionDatabase: {
      type: 'text',
      label: 'Backup Database ID',
      description: 'Optional: Notion database for backup',
    },
  },

  trigger: webhook({
    service: 'zoom',
    event: 'meeting.ended',
  }),

  async execute({ trigger, inputs, integrations }) {
    const { zoom, notion } = integrations;

    const meetingResult = await zoom.getMeeting(trigger.data.object.id);
    const meeting = meetingResult.data;

    // Sync to internal CRM
    await fetch(inputs.crmEndpoint, {
      method: 'POST',
      headers: {
        'Authorization': `Bearer ${inputs.crmApiKey}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify({
        meetingId: meeting.id,
        topic: meeting.topic,
        duration: meeting.duration,
        date: meeting.start_time,
      }),
    });

    // Backup to Notion if configured
    if (inputs.notionDatabase) {
      await notion.pages.create({
        parent: { database_id: inputs.notionDatabase },
        properties: {
          Name: { title: [{ text: { content: meeting.topic } }] },
        },
      });
    }

    console.log('Meeting processed', {
      meetingId: meeting.id,
      crmSynced: true,
      notionBackup: !!inputs.notionDatabase,
    });

    return { success: true };
  },
});

// Private workflow metadata
export const metadata = {
  id: 'acme-meeting-processor',
  visibility: 'private' as const,
  accessGrants: [
    { type: 'email_domain' as const, value: 'acmecorp.com' },
    { type: 'email' as const, value: 'auditor@external.com' },
  ],
  byoo: {
    enabled: true,
    providers: ['zoom'],
    instructions: 'Use your corporate Zoom OAuth app.',
  },
  analyticsUrl: 'https://workway.co/workflows/private/acme-meeting-processor/analytics',
};
