import { batch, defineWorkflow, schedule, webhook, type Storage } from '@millrace/sdk';

/** What is known about one appointment. */
interface Visit {
  id: string;
  patient: string;
  phone: string;
  name: string;
  start: string;
  sent: string[];
  answer: 'none' | 'confirmed' | 'canceled';
}

const HOUR = 3_600_000;

/** Digits with a country code; null for what cannot be called. */
function phoneOf(raw: string | undefined, country: string): string | null {
  const digits = (raw ?? '').replace(/[^\d+]/g, '');
  if (digits.startsWith('+')) {
    return digits.length >= 8 ? digits : null;
  }
  const local = digits.replace(/^0+/, '');
  return local.length >= 7 ? `${country}${local}` : null;
}

function spoken(start: string, timeZone: string): string {
  return new Date(start).toLocaleString('en-US', { timeZone, weekday: 'long', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' });
}

/** Which message is due, so many hours before. */
function dueOf(hours: number, wanted: number[]): number | null {
  const fitting = wanted.filter((at) => hours <= at).sort((a, b) => a - b);
  return fitting[0] ?? null;
}

/** What somebody means who answers a text message. */
function meaning(text: string): 'confirmed' | 'canceled' | 'stop' | 'unclear' {
  const word = text.trim().toLowerCase().replace(/[.!]+$/, '');
  if (['c', 'yes', 'y', 'ok', 'confirm', 'confirmed'].includes(word)) return 'confirmed';
  if (['x', 'no', 'cancel'].includes(word) || /\b(can'?t|cannot) (come|make it)\b/.test(word)) return 'canceled';
  if (['stop', 'unsubscribe', 'end', 'quit'].includes(word)) return 'stop';
  return 'unclear';
}

/** The next visit of whoever has this number. */
async function nextVisit(storage: Storage, phone: string, now: number): Promise<Visit | null> {
  const ids = (await storage.get<string[]>(`phone:${phone}`)) ?? [];
  const visits: Visit[] = [];
  for (const id of ids) {
    const visit = await storage.get<Visit>(`visit:${id}`);
    if (visit && Date.parse(visit.start) > now) {
      visits.push(visit);
    }
  }
  return visits.sort((a, b) => a.start.localeCompare(b.start))[0] ?? null;
}

export default defineWorkflow({
  name: 'Appointment reminders',
  description: 'Patients are reminded by text message two days and two hours before; their answers reach the front desk.',
  version: '1.0.0',

  integrations: [
    { service: 'nexhealth', scopes: ['read_appointments'] },
    { service: 'twilio', scopes: ['send_messages'] },
    { service: 'slack', scopes: ['send_messages'], optional: true },
  ],

  config: {
    practice_name: { type: 'text', required: true },
    reminder48h: { type: 'boolean', default: true },
    reminder2h: { type: 'boolean', default: true },
    country_code: { type: 'text', default: '+1' },
    timezone: { type: 'timezone', default: 'America/New_York' },
    quiet_from: { type: 'number', label: 'No messages from this hour on', default: 20, min: 0, max: 23 },
    quiet_until: { type: 'number', label: '… until this hour', default: 8, min: 0, max: 23 },
    slack_channel: { type: 'text', default: '#front-desk' },
  },

  trigger: schedule('0 * * * *'),
  webhooks: [webhook({ path: 'sms', event: 'message.received' })],

  async execute({ trigger, inputs, integrations, storage }) {
    const { nexhealth, twilio, slack } = integrations;
    const now = trigger.type === 'schedule' ? trigger.timestamp : Date.now();

    if (trigger.type === 'webhook') {
      const phone = phoneOf(trigger.data.from, inputs.countryCode);
      const said = meaning(trigger.data.text ?? '');
      if (!phone) {
        return { success: true, skipped: true, reason: 'no number' };
      }
      if (said === 'stop') {
        await storage.put(`stopped:${phone}`, now);
        return { success: true, stopped: phone };
      }
      const visit = await nextVisit(storage, phone, now);
      if (!visit) {
        await slack?.chat.postMessage({ channel: inputs.slackChannel, text: `${phone} wrote: ${trigger.data.text}` });
        return { success: true, visit: null };
      }
      if (said === 'unclear') {
        await slack?.chat.postMessage({ channel: inputs.slackChannel, text: `${visit.name} (${phone}) wrote: ${trigger.data.text}` });
        return { success: true, visit: visit.id, answer: visit.answer, forwarded: true };
      }
      const before = visit.answer;
      await storage.put(`visit:${visit.id}`, { ...visit, answer: said });
      if (said === 'canceled') {
        await slack?.chat.postMessage({ channel: inputs.slackChannel, text: `:x: ${visit.name} cannot come on ${spoken(visit.start, inputs.timezone)}` });
        await twilio.messages.create({ to: phone, body: `${inputs.practiceName}: we have noted that. Call us for another time.` });
      }
      return { success: true, visit: visit.id, answer: said, before };
    }

    const hour = Number(new Date(now).toLocaleTimeString('en-US', { timeZone: inputs.timezone, hour: '2-digit', hour12: false }).slice(0, 2)) % 24;
    const quiet = hour >= inputs.quietFrom || hour < inputs.quietUntil;
    if (quiet) {
      return { success: true, skipped: true, reason: `quiet at ${hour}` };
    }
    const wanted = [...(inputs.reminder48h ? [48] : []), ...(inputs.reminder2h ? [2] : [])];
    const upcoming = await nexhealth.getUpcomingAppointments({ days: 3, statuses: ['scheduled', 'confirmed'] });
    if (!upcoming.success) {
      throw Object.assign(new Error(`NexHealth: ${upcoming.error}`), { code: upcoming.error.code });
    }

    const results = await batch(
      upcoming.data as any[],
      async (appointment): Promise<string> => {
        const id = String(appointment.id);
        const known = await storage.get<Visit>(`visit:${id}`);
        const hours = (Date.parse(appointment.start_time) - now) / HOUR;
        const due = hours > 0 ? dueOf(hours, wanted) : null;
        if (due === null) return 'not yet';
        // A visit that was moved is a new one for its patient.
        const visit: Visit | null = known && known.start === appointment.start_time ? known : null;
        if (visit?.sent.includes(`${due}h`)) return 'sent before';
        if (visit?.answer === 'canceled') return 'canceled';
        const patient = await nexhealth.getPatient(appointment.patient_id);
        if (!patient.success) throw new Error(`patient ${appointment.patient_id}: ${patient.error}`);
        const phone = phoneOf(patient.data.bio?.phone_number ?? patient.data.phone_number, inputs.countryCode);
        if (!phone) return 'no number';
        if (await storage.get(`stopped:${phone}`)) return 'stopped';
        const when = spoken(appointment.start_time, inputs.timezone);
        const ask = visit?.answer === 'confirmed' ? '' : ' Answer C to confirm, X to cancel.';
        const sent = await twilio.messages.create({ to: phone, body: `${inputs.practiceName}: your appointment is on ${when}.${ask}` });
        if (!sent.success) throw new Error(`${patient.data.first_name}: ${sent.error}`);
        const phones = (await storage.get<string[]>(`phone:${phone}`)) ?? [];
        await storage.put(`phone:${phone}`, [...new Set([...phones, id])].slice(-10));
        await storage.put(`visit:${id}`, {
          id,
          patient: String(appointment.patient_id),
          phone,
          name: `${patient.data.first_name} ${patient.data.last_name}`,
          start: appointment.start_time,
          sent: [...(visit?.sent ?? []), `${due}h`],
          answer: visit?.answer ?? 'none',
        });
        return 'sent';
      },
      { concurrency: 1 },
    );
    const counts: Record<string, number> = {};
    const problems: string[] = [];
    for (const result of results) {
      const what = result.ok ? result.value : 'failed';
      counts[what] = (counts[what] ?? 0) + 1;
      if (!result.ok) problems.push(result.error.message);
    }
    if (problems.length > 0) {
      await slack?.chat.postMessage({ channel: inputs.slackChannel, text: `:warning: reminders that did not go out: ${problems.join('; ')}` });
    }
    return { success: true, hour, counts, problems };
  },
});

export const metadata = { id: 'appointment-reminders', category: 'healthcare', tags: ['nexhealth', 'twilio', 'slack'] };
