// Gmail leaves `messages` out when nothing matches: the list is empty, not undefined (§13.2, §13.7).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Gmail lists',
  integrations: [{ service: 'gmail', scopes: ['read_email', 'send_email'] }],
  trigger: manual(),
  async execute({ integrations }) {
    const { gmail } = integrations;
    const some = await gmail.messages.list({ q: 'is:unread', maxResults: 2 });
    const none = await gmail.messages.list({ q: 'from:nobody' });
    const sent = await gmail.messages.send({ to: 'ada@example.com', subject: 'Grüße', body: 'Hello' });
    return {
      some: [some.data.length, some.data.messages[1].id, some.data.nextPageToken],
      none: [none.success, none.data.length],
      sent: sent.data.id,
    };
  },
});
