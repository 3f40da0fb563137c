import { Calendly, defineWorkflow, sleep, webhook, type MeetingDetails, type Storage } from '@millrace/sdk';

/** What is kept of a booking, by the address of its invitee. */
interface Booking {
  email: string;
  name: string;
  start: string;
  eventId: string | null;
  contactId: string | null;
  status: 'booked' | 'reminded' | 'canceled';
}

const HOUR = 3_600_000;

function splitName(name: string): { firstname: string; lastname: string } {
  const parts = name.trim().split(/\s+/);
  return { firstname: parts[0] ?? '', lastname: parts.slice(1).join(' ') };
}

/** The time as the invitee's clock has it. */
function localTime(start: string, timeZone: string): string {
  return new Date(start).toLocaleString('en-US', {
    timeZone: timeZone || 'UTC',
    weekday: 'long',
    month: 'long',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
  });
}

function answersOf(details: MeetingDetails): string {
  return Object.entries(details.questionsAndAnswers)
    .map(([question, answer]) => `${question}: ${answer}`)
    .join('\n');
}

function confirmation(details: MeetingDetails, sender: string): { subject: string; body: string } {
  const lines = [
    `Hello ${splitName(details.inviteeName).firstname || 'there'},`,
    '',
    `we meet on ${localTime(details.startTime, details.timezone)} (${details.timezone || 'UTC'}).`,
    details.joinUrl ? `Join here: ${details.joinUrl}` : details.location ? `Place: ${details.location}` : '',
    details.rescheduleUrl ? `Another time suits you better? ${details.rescheduleUrl}` : '',
    '',
    sender,
  ];
  return { subject: `Confirmed: ${details.eventName}`, body: lines.filter((line, n) => line !== '' || n === 1 || n === 5).join('\n') };
}

async function load(storage: Storage, key: string): Promise<Booking | null> {
  return storage.get<Booking>(key);
}

export default defineWorkflow({
  name: 'Calendly bookings',
  description: 'A booking becomes a contact, a calendar event and a confirmation; a day before, a reminder goes out unless it was canceled.',
  version: '1.3.0',

  integrations: [
    { service: 'calendly', scopes: ['read_events'] },
    { service: 'hubspot', scopes: ['crm.objects.contacts.write'] },
    { service: 'gmail', scopes: ['send_email'] },
    { service: 'google-calendar', scopes: ['write_events'], optional: true },
  ],

  config: {
    sender_name: { type: 'text', label: 'How mails are signed', default: 'The team' },
    calendar_id: { type: 'text', label: 'Calendar', default: 'primary' },
    reminder_hours: { type: 'number', label: 'Hours before the meeting', default: 24, min: 1, max: 168 },
    lifecycle_stage: { type: 'select', options: ['lead', 'marketingqualifiedlead', 'opportunity'], default: 'lead' },
  },

  trigger: webhook({ service: 'calendly', events: ['invitee.created', 'invitee.canceled'] }),

  async execute({ trigger, inputs, integrations, storage }) {
    const { hubspot, gmail } = integrations;
    const calendar = integrations.googleCalendar;
    const details = Calendly.extractMeetingDetails(trigger.data);
    const key = `booking:${details.inviteeEmail.toLowerCase()}:${details.startTime}`;
    const earlier = await load(storage, key);

    if (details.isCanceled) {
      if (!earlier || earlier.status === 'canceled') {
        return { success: true, skipped: true, reason: 'no such booking' };
      }
      if (calendar && earlier.eventId) {
        const deleted = await calendar.events.delete({ calendarId: inputs.calendarId, eventId: earlier.eventId });
        if (!deleted.success && deleted.error.code !== 'not_found') {
          throw new Error(`the calendar kept the event: ${deleted.error}`);
        }
      }
      await storage.put(key, { ...earlier, status: 'canceled' });
      await gmail.messages.send({
        to: details.inviteeEmail,
        subject: `Canceled: ${details.eventName}`,
        body: `Hello ${splitName(details.inviteeName).firstname},\n\nthe meeting is canceled.${details.cancellationReason ? `\nReason: ${details.cancellationReason}` : ''}\n\n${inputs.senderName}`,
      });
      return { success: true, canceled: earlier.eventId ?? key };
    }

    if (earlier && earlier.status !== 'canceled') {
      return { success: true, skipped: true, reason: 'booked already' };
    }

    // The contact, found by its address or made.
    const found = await hubspot.contacts.search({ filterGroups: [{ filters: [{ propertyName: 'email', operator: 'EQ', value: details.inviteeEmail }] }], limit: 1 });
    if (!found.success) {
      throw new Error(`HubSpot cannot be asked: ${found.error}`);
    }
    let contactId: string;
    if (found.data.results.length > 0) {
      contactId = found.data[0].id;
      await hubspot.contacts.update({ contactId, properties: { notes_next_activity_date: details.startTime } });
    } else {
      const created = await hubspot.contacts.create({
        properties: { email: details.inviteeEmail, ...splitName(details.inviteeName), lifecyclestage: inputs.lifecycleStage },
      });
      if (!created.success) {
        throw new Error(`HubSpot did not take the contact: ${created.error}`);
      }
      contactId = created.data.id;
    }

    let eventId: string | null = null;
    if (calendar) {
      const event = await calendar.events.insert({
        calendarId: inputs.calendarId,
        requestBody: {
          summary: `${details.eventName}: ${details.inviteeName}`,
          description: answersOf(details),
          location: details.joinUrl ?? details.location ?? undefined,
          start: { dateTime: details.startTime },
          end: { dateTime: details.endTime },
          attendees: [{ email: details.inviteeEmail }],
        },
      });
      eventId = event.success ? event.data.id : null;
      if (!event.success) {
        console.warn('The calendar did not take the event', { code: event.error.code });
      }
    }
    const booking: Booking = { email: details.inviteeEmail, name: details.inviteeName, start: details.startTime, eventId, contactId, status: 'booked' };
    await storage.put(key, booking);

    const mail = await gmail.messages.send({ to: details.inviteeEmail, ...confirmation(details, inputs.senderName) });
    if (!mail.success) {
      console.warn('The confirmation did not go out', { code: mail.error.code });
    }

    // The run waits here, for weeks if need be, and looks again when it wakes.
    const at = new Date(details.startTime).getTime() - inputs.reminderHours * HOUR;
    if (at <= Date.now()) {
      return { success: true, contactId, eventId, confirmed: mail.success, reminded: false };
    }
    await sleep(new Date(at));
    const now = await load(storage, key);
    if (now?.status !== 'booked') {
      return { success: true, contactId, eventId, confirmed: mail.success, reminded: false, reason: now?.status ?? 'gone' };
    }
    const reminder = await gmail.messages.send({
      to: details.inviteeEmail,
      subject: `Tomorrow: ${details.eventName}`,
      body: `See you on ${localTime(details.startTime, details.timezone)}.${details.joinUrl ? `\n${details.joinUrl}` : ''}\n\n${inputs.senderName}`,
    });
    await storage.put(key, { ...now, status: 'reminded' });
    return { success: true, contactId, eventId, confirmed: mail.success, reminded: reminder.success };
  },
});

export const metadata = { id: 'calendly-booking', category: 'sales', tags: ['calendly', 'hubspot', 'gmail', 'google-calendar'] };
