// `event.start` is read as an object and as a text; `allDay` tells days from instants (§13.2).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Calendar events',
  integrations: [{ service: 'google-calendar', scopes: ['read_events'] }],
  trigger: manual(),
  async execute({ integrations }) {
    const result = await integrations.googleCalendar.events.list({
      timeMin: new Date('2026-01-15T00:00:00Z'),
      timeMax: '2026-01-16T00:00:00Z',
      singleEvents: true,
      orderBy: 'startTime',
    });
    const [meeting, holiday] = result.data;
    return {
      object: [meeting.start.dateTime ?? meeting.start.date, holiday.start.dateTime ?? holiday.start.date],
      text: [`${meeting.start}`, new Date(meeting.start).toISOString(), String(holiday.end)],
      allDay: [meeting.allDay, holiday.allDay],
      json: JSON.stringify(meeting.start),
      items: result.data.items.length,
    };
  },
});
