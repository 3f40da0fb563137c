// Zoom's payload is read as `data.object.id`, `data.id` and `data.topic`; `getMeeting` takes an id or options (§3, §16 row 6, §16 row 7).
import { defineWorkflow, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Zoom merged object',
  integrations: [{ service: 'zoom', scopes: ['meeting:read'] }],
  trigger: webhook({ service: 'zoom', event: 'meeting.ended' }),
  async execute({ trigger, integrations }) {
    const { zoom } = integrations;
    const byId = await zoom.getMeeting(trigger.data.object.id);
    const byOption = await zoom.getMeeting({ meetingId: trigger.data.meeting_id ?? trigger.data.id });
    return {
      ids: [trigger.data.object.id, trigger.data.id],
      flat: [trigger.data.topic, trigger.data.duration, trigger.data.account_id, trigger.data.event],
      topics: [byId.data.topic, byOption.data.topic],
    };
  },
});
