import { defineWorkflow, schedule, webhook, type Storage } from '@millrace/sdk';

/** A pull request that waits for a review. */
interface Waiting {
  repo: string;
  number: number;
  title: string;
  author: string;
  url: string;
  reviewers: Record<string, { since: number; reminded: number }>;
  changes: number;
}

const DAY = 86_400_000;

const keyOf = (repo: string, number: number): string => `pr:${repo}:${number}`;

/** Working days between two instants; reviews do not age on weekends. */
function workingDays(from: number, to: number): number {
  let days = 0;
  for (let at = from + DAY; at <= to; at += DAY) {
    const day = new Date(at).getUTCDay();
    if (day !== 0 && day !== 6) {
      days += 1;
    }
  }
  return days;
}

function sizeOf(changes: number): string {
  if (changes < 20) return 'tiny';
  if (changes < 200) return 'small';
  return changes < 800 ? 'large' : 'huge';
}

/** All pull requests that wait, oldest request first. */
async function everything(storage: Storage): Promise<Waiting[]> {
  const found: Waiting[] = [];
  for (const key of await storage.keys()) {
    if (key.startsWith('pr:')) {
      const waiting = await storage.get<Waiting>(key);
      if (waiting) {
        found.push(waiting);
      }
    }
  }
  const oldest = (one: Waiting) => Math.min(...Object.values(one.reviewers).map((reviewer) => reviewer.since));
  return found.sort((a, b) => oldest(a) - oldest(b));
}

export default defineWorkflow({
  name: 'Review reminders',
  description: 'Remembers who is asked for a review, and reminds on working days until it is done.',
  version: '1.0.0',

  integrations: [
    { service: 'github', scopes: ['write_issues'] },
    { service: 'slack', scopes: ['send_messages'] },
  ],

  config: {
    slack_channel: { type: 'text', label: 'Channel', default: '#reviews' },
    people: { type: 'json', label: 'GitHub name → Slack id, as JSON', default: '{}' },
    comment_after: { type: 'number', label: 'Comment on GitHub after working days', default: 3, min: 1 },
    ignore_drafts: { type: 'boolean', default: true },
    send_time: { type: 'time', label: 'When to remind', default: '09:00' },
    timezone: { type: 'timezone', default: 'UTC' },
  },

  trigger: webhook({
    service: 'github',
    events: ['pull_request.review_requested', 'pull_request.review_request_removed', 'pull_request.closed', 'pull_request_review.submitted'],
  }),
  webhooks: [schedule('{{inputs.sendTime.minute}} {{inputs.sendTime.hour}} * * 1-5', { timezone: '{{inputs.timezone}}' })],

  async execute({ trigger, inputs, integrations, storage }) {
    const { github, slack } = integrations;
    const people: Record<string, string> = JSON.parse(inputs.people);
    const mention = (login: string): string => (people[login] ? `<@${people[login]}>` : login);

    if (trigger.type === 'schedule') {
      const now = trigger.timestamp;
      const today = new Date(now).toISOString().slice(0, 10);
      if ((await storage.get('last-reminder')) === today) {
        return { success: true, skipped: true, reason: 'reminded today' };
      }
      const lines = new Map<string, string[]>();
      const late: { waiting: Waiting; reviewers: string[] }[] = [];
      for (const waiting of await everything(storage)) {
        const overdue: string[] = [];
        for (const [login, reviewer] of Object.entries(waiting.reviewers)) {
          const days = workingDays(reviewer.since, now);
          if (days < 1) {
            continue;
          }
          const age = days === 1 ? 'since yesterday' : `for ${days} days`;
          const line = `• <${waiting.url}|${waiting.repo}#${waiting.number}> ${waiting.title} (${sizeOf(waiting.changes)}, ${age})`;
          lines.set(login, [...(lines.get(login) ?? []), line]);
          reviewer.reminded += 1;
          if (days >= inputs.commentAfter) {
            overdue.push(login);
          }
        }
        if (overdue.length > 0) {
          late.push({ waiting, reviewers: overdue });
        }
        await storage.put(keyOf(waiting.repo, waiting.number), waiting);
      }
      if (lines.size === 0) {
        return { success: true, skipped: true, reason: 'nobody is waited for' };
      }
      const text = [...lines].map(([login, of]) => `${mention(login)}\n${of.join('\n')}`).join('\n\n');
      const sent = await slack.chat.postMessage({ channel: inputs.slackChannel, text, unfurl_links: false });
      if (!sent.success) {
        return { success: false, error: `Slack did not take the reminder: ${sent.error}`, retryable: true };
      }
      await storage.put('last-reminder', today);

      // One comment for each pull request, not one a day.
      let commented = 0;
      for (const { waiting, reviewers } of late) {
        const [owner, repo] = waiting.repo.split('/');
        const mark = `commented:${waiting.repo}:${waiting.number}`;
        if (await storage.get(mark)) {
          continue;
        }
        const comment = await github.issues.comment({
          owner,
          repo,
          issueNumber: waiting.number,
          body: `${reviewers.map((login) => `@${login}`).join(', ')}: this has waited ${inputs.commentAfter} working days for you.`,
        });
        if (comment.success) {
          await storage.put(mark, comment.data.id);
          commented += 1;
        } else {
          console.warn('no comment', { repo: waiting.repo, code: comment.error.code });
        }
      }
      return { success: true, reminded: [...lines.keys()], commented };
    }

    const { pull_request: pull, repository, requested_reviewer: reviewer, review } = trigger.data;
    const key = keyOf(repository.full_name, pull.number);
    const known = await storage.get<Waiting>(key);

    const forget = async (login?: string): Promise<number> => {
      if (!known) {
        return 0;
      }
      if (login) {
        delete known.reviewers[login];
      }
      const left = login ? Object.keys(known.reviewers).length : 0;
      if (left === 0) {
        await storage.delete(key);
        await storage.delete(`commented:${known.repo}:${known.number}`);
      } else {
        await storage.put(key, known);
      }
      return left;
    };

    switch (trigger.event) {
      case 'pull_request.review_requested': {
        if (!reviewer) {
          return { success: true, skipped: true, reason: 'a team was asked' };
        }
        if (pull.draft && inputs.ignoreDrafts) {
          return { success: true, skipped: true, reason: 'a draft' };
        }
        const waiting: Waiting = known ?? {
          repo: repository.full_name,
          number: pull.number,
          title: pull.title,
          author: pull.user.login,
          url: pull.html_url,
          reviewers: {},
          changes: 0,
        };
        if (waiting.reviewers[reviewer.login]) {
          return { success: true, skipped: true, reason: 'asked already' };
        }
        waiting.changes = (pull.additions ?? 0) + (pull.deletions ?? 0);
        waiting.title = pull.title;
        waiting.reviewers[reviewer.login] = { since: trigger.timestamp, reminded: 0 };
        await storage.put(key, waiting);
        return { success: true, waiting: Object.keys(waiting.reviewers), size: sizeOf(waiting.changes) };
      }
      case 'pull_request_review.submitted': {
        if (!known || !known.reviewers[review.user.login]) {
          return { success: true, skipped: true, reason: 'nobody asked for it' };
        }
        const reminded = known.reviewers[review.user.login]!.reminded;
        const left = await forget(review.user.login);
        if (left === 0 && review.state === 'approved') {
          await slack.chat.postMessage({ channel: inputs.slackChannel, text: `${mention(known.author)}: <${known.url}|${known.title}> is approved` });
        }
        return { success: true, left, reminded };
      }
      case 'pull_request.review_request_removed':
        return { success: true, left: await forget(reviewer?.login) };
      default:
        await forget();
        return { success: true, closed: Boolean(known), merged: Boolean(pull.merged) };
    }
  },
});

export const metadata = { id: 'review-reminders', category: 'engineering', tags: ['github', 'slack'] };
