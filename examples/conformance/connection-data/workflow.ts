// What belongs to the connection comes from it: Twilio's sender is never passed by modules (§13.17).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Connection data',
  integrations: [{ service: 'twilio' }],
  trigger: manual(),
  async execute({ integrations }) {
    const sent = await integrations.twilio.messages.create({ to: '+15550002', body: 'See you at 9' });
    return { sid: sent.data.sid };
  },
});
