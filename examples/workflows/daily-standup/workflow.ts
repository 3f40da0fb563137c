import { cron, defineWorkflow, manual, type ActionResult } from '@millrace/sdk';

/** One part of the digest; `trouble` says why it is missing. */
interface Section {
  title: string;
  lines: string[];
  trouble: string | null;
}

/** What was told on earlier days. */
interface Told {
  day: string;
  done: string[];
  carried: Record<string, number>;
}

const DAY = 86_400_000;

/** The local day, as YYYY-MM-DD. */
function dayOf(instant: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(new Date(instant));
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year')}-${of('month')}-${of('day')}`;
}

function clockTime(start: any, timeZone: string): string {
  return new Date(start).toLocaleTimeString('en-US', { timeZone, hour: 'numeric', minute: '2-digit' });
}

/** Runs one part; what goes wrong stays in it. */
async function section(title: string, work: () => Promise<string[]>): Promise<Section> {
  try {
    return { title, lines: await work(), trouble: null };
  } catch (error) {
    const trouble = (error as Error).message;
    console.warn(`${title}: ${trouble}`);
    return { title, lines: [], trouble };
  }
}

function dataOf<T>(result: ActionResult<T>): T {
  if (!result.success) {
    throw Object.assign(new Error(`${result.error}`), { code: result.error?.code });
  }
  return result.data;
}

function written(sections: Section[], summary: string | null, day: string): string {
  const heading = new Date(`${day}T12:00:00Z`).toLocaleDateString('en-US', { weekday: 'long', month: 'long', day: 'numeric' });
  const parts = [`*Stand-up for ${heading}*`];
  if (summary) {
    parts.push(`_${summary}_`);
  }
  for (const { title, lines, trouble } of sections) {
    if (trouble) {
      parts.push(`*${title}*\n:grey_question: not available (${trouble})`);
    } else if (lines.length > 0) {
      parts.push(`*${title}*\n${lines.map((line) => `• ${line}`).join('\n')}`);
    }
  }
  return parts.join('\n\n');
}

export default defineWorkflow({
  name: 'Daily stand-up',
  description: 'What was done, what is on today and who meets whom, every working morning.',
  version: '1.4.0',

  integrations: [
    { service: 'linear', scopes: ['read_issues'], optional: true },
    { service: 'todoist', scopes: ['read_tasks'], optional: true },
    { service: 'google-calendar', scopes: ['read_events'], optional: true },
    { service: 'slack', scopes: ['send_messages'] },
  ],

  config: {
    team_id: { type: 'text', label: 'Team in Linear' },
    todoist_filter: { type: 'text', default: 'today | overdue' },
    slack_channel: { type: 'text', default: '#standup' },
    send_time: { type: 'time', default: '08:45' },
    timezone: { type: 'timezone', default: 'UTC' },
    enable_a_i: { type: 'boolean', label: 'A sentence by the model', default: true },
    days_off: { type: 'array', items: { type: 'text' }, label: 'Days without a stand-up, YYYY-MM-DD', default: [] },
  },

  trigger: cron({ schedule: '{{inputs.sendTime.minute}} {{inputs.sendTime.hour}} * * 1-5', timezone: '{{inputs.timezone}}' }),
  webhooks: [manual({ description: 'Again for today' })],

  async execute({ trigger, inputs, integrations, storage }) {
    const { linear, todoist, googleCalendar: calendar, slack } = integrations;
    const zone = inputs.timezone;
    const now = trigger.timestamp;
    const day = dayOf(now, zone);
    if (inputs.daysOff.includes(day)) {
      return { success: true, skipped: true, reason: `${day} is off` };
    }
    const told = await storage.get<Told>('told');
    if (told?.day === day && trigger.type === 'schedule') {
      return { success: true, skipped: true, reason: 'told today' };
    }
    const carried: Record<string, number> = {};
    const done: string[] = [];

    const finished = section('Done', async () => {
      if (!linear || !inputs.teamId) return [];
      const since = new Date(now - (new Date(now).getUTCDay() === 1 ? 3 : 1) * DAY).toISOString();
      const issues = dataOf<any>(await linear.issues({ filter: { team: { id: { eq: inputs.teamId } }, completedAt: { gte: since } } }));
      return issues.nodes
        .filter((issue: any) => !told?.done.includes(issue.identifier))
        .map((issue: any) => {
          done.push(issue.identifier);
          return `${issue.identifier} ${issue.title}${issue.assignee ? ` (${issue.assignee.name})` : ''}`;
        });
    });
    const active = section('In progress', async () => {
      if (!linear || !inputs.teamId) return [];
      const issues = dataOf<any[]>(await linear.issues.list({ teamId: inputs.teamId, stateType: ['started'], first: 20 }));
      return issues.map((issue) => {
        const days = (told?.carried[issue.identifier] ?? 0) + (told?.day === day ? 0 : 1);
        carried[issue.identifier] = days;
        return `${issue.identifier} ${issue.title}${days > 3 ? ` :snail: day ${days}` : ''}`;
      });
    });
    const tasks = section('Tasks', async () => {
      if (!todoist) return [];
      const open = dataOf<any[]>(await todoist.tasks.list({ filter: inputs.todoistFilter }));
      const sorted = [...open].sort((a, b) => b.priority - a.priority || a.content.localeCompare(b.content));
      return sorted.slice(0, 10).map((task) => `${task.priority === 4 ? ':red_circle: ' : ''}${task.content}${task.due && task.due.date < day ? ` (since ${task.due.date})` : ''}`);
    });
    const meetings = section('Meetings', async () => {
      if (!calendar) return [];
      const from = new Date(`${day}T00:00:00Z`);
      const events = dataOf<any[]>(await calendar.events.list({ timeMin: from, timeMax: new Date(from.getTime() + DAY), singleEvents: true, orderBy: 'startTime' }));
      return events
        .filter((event) => event.status !== 'cancelled')
        .map((event) => `${event.allDay ? 'all day' : clockTime(event.start, zone)} ${event.summary}`);
    });
    const sections = await Promise.all([finished, active, tasks, meetings]);

    if (sections.every((one) => one.lines.length === 0 && !one.trouble)) {
      return { success: true, skipped: true, reason: 'nothing to tell' };
    }
    let summary: string | null = null;
    if (inputs.enableAI) {
      const answer = await integrations.ai.generateText({
        system: 'One encouraging sentence, at most 20 words, no emoji.',
        prompt: written(sections, null, day),
        max_tokens: 60,
      });
      summary = answer.success ? answer.data.trim().split('\n')[0]!.slice(0, 200) : null;
    }
    const text = written(sections, summary, day);
    // Asked for by hand on the same day, the message is replaced instead of repeated.
    const posted = (await storage.get<{ day: string; ts: string; channel: string }>('posted')) ?? null;
    const result = posted?.day === day
      ? await slack.chat.update({ channel: posted.channel, ts: posted.ts, text })
      : await slack.chat.postMessage({ channel: inputs.slackChannel, text });
    if (!result.success) {
      throw new Error(`Slack did not take the stand-up: ${result.error}`);
    }
    await storage.put('posted', { day, ts: result.data.ts, channel: result.data.channel ?? inputs.slackChannel });
    await storage.put('told', { day, done: [...(told?.done ?? []), ...done].slice(-50), carried });
    const missing = sections.filter((one) => one.trouble).map((one) => one.title);
    return { success: true, day, lines: sections.reduce((sum, one) => sum + one.lines.length, 0), missing, updated: posted?.day === day };
  },
});

export const metadata = { id: 'daily-standup', category: 'productivity', tags: ['linear', 'todoist', 'google-calendar', 'slack', 'ai'] };
