// A delivery of Drive is a set of headers; the workflow reads the file (§3).
import { defineWorkflow, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Drive hydration',
  integrations: [{ service: 'google-drive' }],
  trigger: webhook({ service: 'google-drive', events: ['file.created', 'file.modified'] }),
  async execute({ trigger }) {
    return { event: trigger.event, id: trigger.data.id, name: trigger.data.name, folder: trigger.data.mimeType === 'application/vnd.google-apps.folder' };
  },
});
