import { defineWorkflow, webhook, type Storage } from '@millrace/sdk';

/** What is known about one problem. */
interface Ticket {
  issueId: string;
  identifier: string;
  url: string;
  sentryId: string;
  thread: string | null;
  severity: number;
  seen: number;
  resolved: boolean;
}

/** Priority in Linear: 1 is urgent, 4 is low. */
function priorityOf(level: string, users: number, urgentFrom: number): number {
  if (level === 'fatal' || users >= urgentFrom) {
    return 1;
  }
  if (level === 'error') {
    return users > 10 ? 2 : 3;
  }
  return 4;
}

const NAMES = ['none', 'urgent', 'high', 'medium', 'low'];

/** Numbers and ids make two reports of one problem look different. */
function fingerprint(project: string, title: string, culprit: string): string {
  const plain = `${title} ${culprit}`
    .toLowerCase()
    .replace(/0x[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, '#')
    .replace(/\s+/g, ' ')
    .trim();
  return `ticket:${project}:${plain.slice(0, 200)}`;
}

function describe(issue: any): string {
  return [
    `**${issue.title}** in \`${issue.culprit ?? 'unknown'}\``,
    '',
    `- level: ${issue.level}`,
    `- events: ${issue.count ?? 1}, users: ${issue.userCount ?? 0}`,
    `- first seen: ${new Date(issue.firstSeen ?? Date.now()).toLocaleString('en-US', { dateStyle: 'medium', timeStyle: 'short' })}`,
    `- [Sentry](${issue.permalink})`,
  ].join('\n');
}

/** Finds the ticket of an issue in Linear. */
async function byLinearId(storage: Storage, id: string): Promise<[string, Ticket] | null> {
  const key = await storage.get<string>(`linear:${id}`);
  const ticket = key ? await storage.get<Ticket>(key) : null;
  return key && ticket ? [key, ticket] : null;
}

export default defineWorkflow({
  name: 'Sentry triage',
  description: 'New problems become issues in Linear with a thread in Slack; the same problem again only raises its priority; what is done in one place is done in all.',
  version: '2.0.1',

  integrations: [
    { service: 'sentry', scopes: ['write_issues'] },
    { service: 'linear', scopes: ['write_issues', 'write_comments'] },
    { service: 'slack', scopes: ['send_messages'], optional: true },
  ],

  config: {
    linear_team: { type: 'text', label: 'Team in Linear', required: true },
    slack_channel: { type: 'text', label: 'Channel', default: '#incidents' },
    levels: { type: 'multiselect', label: 'Levels', options: ['fatal', 'error', 'warning', 'info'], default: ['fatal', 'error'] },
    urgent_users: { type: 'number', label: 'Urgent from this many users on', default: 100, min: 1 },
    resolve_in_sentry: { type: 'boolean', default: true },
  },

  trigger: webhook({ service: 'sentry', events: ['issue.created', 'issue.unresolved', 'issue.resolved'] }),
  webhooks: [webhook({ service: 'linear', event: 'Issue.update' })],

  async execute({ trigger, inputs, integrations, storage }) {
    const { sentry, linear, slack } = integrations;

    const say = async (text: string, thread: string | null): Promise<string | null> => {
      if (!slack) {
        return thread;
      }
      const sent = await slack.chat.postMessage({ channel: inputs.slackChannel, text, thread_ts: thread ?? undefined });
      if (!sent.success) {
        console.warn('Slack', sent.error.code);
        return thread;
      }
      return thread ?? sent.data.ts;
    };

    if (trigger.service === 'linear') {
      const changed = trigger.data.data;
      const found = await byLinearId(storage, changed.id);
      if (!found) {
        return { success: true, skipped: true, reason: 'not one of ours' };
      }
      const [key, ticket] = found;
      const done = ['completed', 'canceled'].includes(changed.state?.type);
      if (!done || ticket.resolved) {
        return { success: true, skipped: true, reason: done ? 'already resolved' : 'still open' };
      }
      if (inputs.resolveInSentry) {
        const resolved = await sentry.issues.update({ issueId: ticket.sentryId, status: 'resolved' });
        if (!resolved.success) {
          return { success: false, error: `Sentry did not resolve ${ticket.sentryId}: ${resolved.error}`, retryable: true };
        }
      }
      await say(`:white_check_mark: ${ticket.identifier} is done`, ticket.thread);
      await storage.put(key, { ...ticket, resolved: true });
      return { success: true, resolved: ticket.identifier };
    }

    const issue = trigger.data.data.issue;
    const project = issue.project?.name ?? issue.project?.slug ?? 'unknown';
    const key = fingerprint(project, issue.title, issue.culprit ?? '');
    const known = await storage.get<Ticket>(key);

    if (trigger.event === 'issue.resolved') {
      if (!known || known.resolved) {
        return { success: true, skipped: true, reason: 'nothing to resolve' };
      }
      const team = await linear.teams.get(inputs.linearTeam);
      const state = team.data?.states?.nodes.find((one: any) => one.type === 'completed');
      if (state) {
        await linear.issues.update({ issueId: known.issueId, stateId: state.id });
      }
      await say(`:white_check_mark: resolved in Sentry`, known.thread);
      await storage.put(key, { ...known, resolved: true });
      return { success: true, resolved: known.identifier };
    }

    if (!inputs.levels.includes(issue.level)) {
      return { success: true, skipped: true, reason: `level ${issue.level}` };
    }
    const severity = priorityOf(issue.level, issue.userCount ?? 0, inputs.urgentUsers);

    if (known) {
      // The same problem again: no second issue, but it may have become worse, or have come back.
      const worse = severity < known.severity;
      const back = known.resolved;
      const change: Record<string, unknown> = worse ? { priority: severity } : {};
      if (worse) {
        await linear.issues.update({ issueId: known.issueId, ...change });
      }
      if (back || worse) {
        const what = back ? 'is back' : `is now ${NAMES[severity]}`;
        await linear.issues.comment(known.issueId, `It ${what}: ${issue.count} events, ${issue.userCount} users.`);
        await say(`:rotating_light: ${known.identifier} ${what}`, known.thread);
      }
      await storage.put(key, { ...known, seen: known.seen + 1, severity: Math.min(severity, known.severity), sentryId: issue.id, resolved: false });
      return { success: true, duplicateOf: known.identifier, seen: known.seen + 1, worse, back };
    }

    const created = await linear.issues.create({
      teamId: inputs.linearTeam,
      title: `[${project}] ${issue.title}`.slice(0, 200),
      description: describe(issue),
      priority: severity,
    });
    if (!created.success) {
      throw new Error(`Linear did not take the issue: ${created.error}`);
    }
    const { id, identifier, url } = created.data;
    const thread = await say(`:rotating_light: *${issue.title}* (${NAMES[severity]}) <${url}|${identifier}>`, null);
    const ticket: Ticket = { issueId: id, identifier, url, sentryId: issue.id, thread, severity, seen: 1, resolved: false };
    await storage.put(key, ticket);
    await storage.put(`linear:${id}`, key);
    return { success: true, created: identifier, priority: NAMES[severity], thread };
  },
});

export const metadata = { id: 'sentry-triage', category: 'engineering', tags: ['sentry', 'linear', 'slack'] };
