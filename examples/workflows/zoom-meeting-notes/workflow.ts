import { defineWorkflow, sleep, webhook, type ActionResult } from '@millrace/sdk';

/** What is wanted of the model, or made without one. */
interface Minutes {
  summary: string;
  decisions: string[];
  actions: { task: string; owner: string | null }[];
}

/** How far a meeting has come; a second delivery goes on from here. */
interface Progress {
  page?: string;
  url?: string;
  logged?: string;
  announced?: boolean;
}

const PROMPT = `Summarise the meeting. Answer with JSON only:
{"summary": "two sentences", "decisions": ["…"], "actions": [{"task": "…", "owner": "name or null"}]}`;

/** Long transcripts are cut in the middle: openings and endings say most. */
function shortened(text: string, limit = 12_000): string {
  if (text.length <= limit) {
    return text;
  }
  const half = Math.floor(limit / 2);
  return `${text.slice(0, half)}\n[…]\n${text.slice(-half)}`;
}

/** Without a model: the first lines, and sentences that sound like tasks. */
function plainMinutes(transcript: string): Minutes {
  const lines = transcript.split('\n').map((line) => line.trim()).filter(Boolean);
  const tasks = lines.filter((line) => /\b(will|todo|to do|action item)\b/i.test(line)).slice(0, 10);
  return {
    summary: lines.slice(0, 2).join(' ').slice(0, 300),
    decisions: lines.filter((line) => /\b(decided|agreed)\b/i.test(line)).slice(0, 5),
    actions: tasks.map((line) => {
      const [speaker, ...rest] = line.split(':');
      return rest.length > 0 ? { task: rest.join(':').trim(), owner: speaker!.trim() } : { task: line, owner: null };
    }),
  };
}

/** Reads the model's answer, whatever stands around the JSON. */
function readMinutes(answer: string): Minutes | null {
  const found = answer.match(/\{[\s\S]*\}/);
  if (!found) {
    return null;
  }
  try {
    const read = JSON.parse(found[0]);
    return {
      summary: String(read.summary ?? ''),
      decisions: Array.isArray(read.decisions) ? read.decisions.map(String) : [],
      actions: Array.isArray(read.actions)
        ? read.actions.map((action: any) => ({ task: String(action.task ?? action), owner: action.owner ?? null }))
        : [],
    };
  } catch {
    return null;
  }
}

const paragraph = (content: string) => ({ paragraph: { rich_text: [{ text: { content: content.slice(0, 2000) } }] } });
const heading = (content: string) => ({ heading_2: { rich_text: [{ text: { content } }] } });
const bullet = (content: string) => ({ bulleted_list_item: { rich_text: [{ text: { content: content.slice(0, 2000) } }] } });

function blocksOf(minutes: Minutes, transcript: string): object[] {
  const blocks: object[] = [heading('Summary'), paragraph(minutes.summary || 'Nothing was summarised.')];
  if (minutes.decisions.length > 0) {
    blocks.push(heading('Decisions'), ...minutes.decisions.map(bullet));
  }
  if (minutes.actions.length > 0) {
    blocks.push(heading('Action items'), ...minutes.actions.map((action) => bullet(action.owner ? `${action.owner}: ${action.task}` : action.task)));
  }
  blocks.push(heading('Transcript'));
  for (let at = 0; at < transcript.length; at += 1900) {
    blocks.push(paragraph(transcript.slice(at, at + 1900)));
  }
  return blocks;
}

function need<T>(result: ActionResult<T>, what: string): T {
  if (!result.success) {
    throw Object.assign(new Error(`${what}: ${result.error}`), { code: result.error?.code });
  }
  return result.data;
}

export default defineWorkflow({
  name: 'Zoom meeting notes',
  description: 'A meeting ends; its transcript becomes minutes in Notion, an activity in HubSpot and a line in Slack.',
  version: '1.1.0',

  integrations: [
    { service: 'zoom', scopes: ['meeting:read', 'recording:read'] },
    { service: 'notion', scopes: ['write_pages'] },
    { service: 'hubspot', scopes: ['crm.objects.contacts.read'], optional: true },
    { service: 'slack', scopes: ['send_messages'], optional: true },
  ],

  config: {
    notes_database: { type: 'notion_database_picker', label: 'Database for minutes', required: true },
    slack_channel: { type: 'text', label: 'Channel', default: '#meetings' },
    update_c_r_m: { type: 'boolean', label: 'Log meetings in HubSpot', default: true },
    own_domain: { type: 'text', label: 'Our own mail domain', default: '' },
    minimum_minutes: { type: 'number', label: 'Shorter meetings are left out', default: 5, min: 0 },
    patience: { type: 'number', label: 'How often to look for a transcript', default: 3, min: 1, max: 10 },
  },

  trigger: webhook({ service: 'zoom', events: ['meeting.ended', 'recording.transcript_completed'] }),

  async execute({ trigger, inputs, integrations, storage }) {
    const { zoom, notion, hubspot, slack } = integrations;
    const { id, uuid, topic, duration } = trigger.data;
    if ((duration ?? 0) < inputs.minimumMinutes) {
      return { success: true, skipped: true, reason: `only ${duration ?? 0} minutes` };
    }
    const key = `meeting:${uuid ?? id}`;
    const progress: Progress = (await storage.get<Progress>(key)) ?? {};
    const keep = (change: Progress) => storage.put(key, Object.assign(progress, change));
    if (progress.page && progress.announced) {
      return { success: true, skipped: true, reason: 'the minutes are there', page: progress.page };
    }

    // Zoom needs a while after the end; the run leaves memory meanwhile.
    let transcript: { transcript_text: string; speakers?: string[] } | null = null;
    for (let attempt = 1; attempt <= inputs.patience && !transcript; attempt += 1) {
      if (attempt > 1) {
        await sleep('10m');
      }
      transcript = need(await zoom.getTranscript({ meetingId: uuid ?? id }), 'Zoom did not give the transcript');
    }
    if (!transcript) {
      return { success: true, skipped: true, reason: 'no transcript' };
    }

    const text = transcript.transcript_text;
    const answer = await integrations.ai.generateText({ system: PROMPT, prompt: shortened(text), temperature: 0.2, max_tokens: 800 });
    const minutes = (answer.success ? readMinutes(`${answer.data}`) : null) ?? plainMinutes(text);

    if (!progress.page) {
      const blocks = blocksOf(minutes, text);
      const page = need<any>(
        await notion.pages.create({
          parent: { database_id: inputs.notesDatabase },
          properties: {
            Name: { title: [{ text: { content: topic ?? 'Meeting' } }] },
            Date: { date: { start: trigger.data.start_time ?? new Date(trigger.timestamp).toISOString() } },
            Minutes: { number: duration },
            Actions: { number: minutes.actions.length },
          },
          children: blocks.slice(0, 90),
        }),
        'Notion did not take the minutes',
      );
      if (blocks.length > 90) {
        await notion.appendBlocksInBatches(page.id, blocks.slice(90));
      }
      await keep({ page: page.id, url: page.url });
    }

    if (hubspot && inputs.updateCRM && !progress.logged) {
      const report: string[] = (trigger.data.participants ?? []).map((person: any) => person.email ?? person.user_email);
      const guests = report.filter((email) => email && !(inputs.ownDomain && email.endsWith(`@${inputs.ownDomain}`)));
      const contacts: string[] = [];
      for (const email of guests.slice(0, 5)) {
        const found = await hubspot.contacts.search({ filterGroups: [{ filters: [{ propertyName: 'email', operator: 'EQ', value: email }] }], limit: 1 });
        if (found.success && found.data.results.length > 0) {
          contacts.push(found.data[0].id);
        }
      }
      if (contacts.length > 0) {
        const logged = await hubspot.logMeetingActivity({
          contactIds: contacts,
          meetingTitle: topic,
          duration,
          notes: minutes.summary,
          startTime: trigger.data.start_time,
          externalUrl: progress.url,
        });
        if (logged.success) {
          await keep({ logged: logged.data.id });
        } else {
          console.warn('HubSpot did not log the meeting', { code: logged.error.code });
        }
      }
    }

    let announced = false;
    if (slack) {
      const open = minutes.actions.slice(0, 5).map((action) => `• ${action.task}${action.owner ? ` (${action.owner})` : ''}`);
      const line = [`*${topic}* (${duration} min): ${minutes.summary}`, ...open, progress.url ?? ''].filter(Boolean).join('\n');
      const sent = await slack.chat.postMessage({ channel: inputs.slackChannel, text: line, unfurl_links: false });
      announced = need<any>(sent, 'Slack did not take the line').ok !== false;
    }
    await keep({ announced: true });
    return { success: true, page: progress.page, actions: minutes.actions.length, logged: progress.logged ?? null, announced, model: answer.success };
  },
});

export const metadata = { id: 'zoom-meeting-notes', category: 'meetings', tags: ['zoom', 'notion', 'hubspot', 'slack', 'ai'] };
