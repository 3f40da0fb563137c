// Typeform's answers and Calendly's meetings are taken apart by static helpers (§7.8).
import { Calendly, defineWorkflow, Typeform, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Static classes',
  integrations: [{ service: 'typeform' }, { service: 'calendly' }],
  trigger: webhook({ service: 'typeform' }),
  webhooks: [webhook({ service: 'calendly', events: ['invitee.created', 'invitee.canceled'] })],
  async execute({ trigger }) {
    if (trigger.service === 'typeform') {
      return { answers: Typeform.extractAnswers(trigger.data.form_response), response: trigger.data.response_id };
    }
    return { meeting: Calendly.extractMeetingDetails(trigger.data) };
  },
});
