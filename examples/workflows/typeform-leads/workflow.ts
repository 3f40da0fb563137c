import { approval, defineWorkflow, Typeform, webhook, type LanguageModel } from '@millrace/sdk';

/** A lead as it was filled in. */
interface Lead {
  name: string;
  email: string;
  company: string;
  seats: number;
  message: string;
  campaign: string;
}

/** What the model or the rules think of it. */
interface Score {
  value: number;
  reason: string;
  by: 'model' | 'rules';
}

const FREE_MAIL = ['gmail.com', 'outlook.com', 'yahoo.com', 'proton.me'];

function leadOf(response: any): Lead {
  const answers = Typeform.extractAnswers(response);
  return {
    name: answers.name ?? 'unknown',
    email: String(answers.email ?? '').toLowerCase(),
    company: answers.company ?? '',
    seats: Number(answers.seats ?? 0),
    message: answers.message ?? '',
    campaign: answers.hidden_campaign ?? 'direct',
  };
}

/** Points for what can be counted. */
function byRules(lead: Lead): Score {
  const reasons: string[] = [];
  let value = 10;
  const add = (points: number, reason: string) => {
    value += points;
    reasons.push(reason);
  };
  if (lead.seats >= 100) add(50, `${lead.seats} seats`);
  else if (lead.seats >= 20) add(25, `${lead.seats} seats`);
  const domain = lead.email.split('@')[1] ?? '';
  if (domain && !FREE_MAIL.includes(domain)) add(20, 'business address');
  if (/\b(demo|price|pricing|quote|offer)\b/i.test(lead.message)) add(15, 'asks for an offer');
  if (lead.message.length > 200) add(5, 'long message');
  return { value: Math.min(value, 100), reason: reasons.join(', ') || 'nothing special', by: 'rules' };
}

async function score(lead: Lead, ai: LanguageModel): Promise<Score> {
  const rules = byRules(lead);
  const answer = await ai.generateText({
    system: 'You rate sales leads. Answer with JSON only: {"score": 0-100, "reason": "one sentence"}.',
    prompt: JSON.stringify(lead),
    temperature: 0,
    max_tokens: 150,
  });
  if (!answer.success) {
    return rules;
  }
  try {
    const read = JSON.parse(answer.data.match(/\{[\s\S]*\}/)?.[0] ?? '');
    const value = Number(read.score);
    if (!Number.isFinite(value) || value < 0 || value > 100) {
      return rules;
    }
    return { value: Math.round((value + rules.value) / 2), reason: String(read.reason ?? rules.reason), by: 'model' };
  } catch {
    return rules;
  }
}

function blocksOf(lead: Lead, points: Score, record: string): object[] {
  return [
    { type: 'section', text: { type: 'mrkdwn', text: `*${lead.name}* (${lead.company || lead.email}) scored *${points.value}*` } },
    { type: 'context', elements: [{ type: 'mrkdwn', text: `${points.reason} · ${points.by} · ${lead.campaign} · ${record}` }] },
  ];
}

export default defineWorkflow({
  name: 'Typeform leads',
  description: 'Leads are rated, kept in Airtable and announced; the best get an offer once somebody has approved the discount.',
  version: '1.0.2',

  integrations: [
    { service: 'typeform', scopes: ['read_responses'] },
    { service: 'airtable', scopes: ['data.records:write'] },
    { service: 'slack', scopes: ['send_messages'] },
    { service: 'gmail', scopes: ['send_email'], optional: true },
  ],

  config: {
    base_id: { type: 'text', label: 'Airtable base', required: true },
    table_name: { type: 'text', label: 'Table', default: 'Leads' },
    slack_channel: { type: 'text', label: 'Channel', default: '#leads' },
    hot_from: { type: 'number', label: 'A lead is hot from this score on', default: 60, min: 0, max: 100 },
    discount_from_seats: { type: 'number', label: 'Offer a discount from this many seats on', default: 50 },
    discount_percent: { type: 'number', default: 15, min: 0, max: 50 },
  },

  trigger: webhook({ service: 'typeform', event: 'form_response' }),

  async execute({ trigger, inputs, integrations, storage }) {
    const { airtable, slack, gmail } = integrations;
    const response = trigger.data.form_response;
    const lead = leadOf(response);
    if (!lead.email.includes('@')) {
      return { success: true, skipped: true, reason: 'no address' };
    }
    const table = { baseId: inputs.baseId, tableId: inputs.tableName };

    const seen = await storage.get<{ record: string; times: number; tokens: string[] }>(`lead:${lead.email}`);
    if (seen?.tokens.includes(response.token)) {
      return { success: true, skipped: true, reason: 'the same response' };
    }

    const points = await score(lead, integrations.ai);
    const fields = {
      Name: lead.name,
      Email: lead.email,
      Company: lead.company || undefined,
      Seats: lead.seats,
      Score: points.value,
      Reason: points.reason,
      Campaign: lead.campaign,
      Responses: (seen?.times ?? 0) + 1,
    };
    const kept = seen
      ? await airtable.records.update({ ...table, recordId: seen.record, fields })
      : await airtable.records.create({ ...table, fields });
    if (!kept.success) {
      throw Object.assign(new Error(`Airtable did not take ${lead.email}: ${kept.error}`), { code: kept.error.code });
    }
    const record: string = kept.data.id;
    await storage.put(`lead:${lead.email}`, { record, times: (seen?.times ?? 0) + 1, tokens: [...(seen?.tokens ?? []), response.token].slice(-10) });

    const hot = points.value >= inputs.hotFrom;
    if (!hot) {
      return { success: true, record, score: points.value, by: points.by, hot };
    }
    const posted = await slack.chat.postMessage({ channel: inputs.slackChannel, text: `${lead.name}: ${points.value}`, blocks: blocksOf(lead, points, record) });
    const thread = posted.success ? posted.data.ts : undefined;

    if (lead.seats < inputs.discountFromSeats || !gmail) {
      return { success: true, record, score: points.value, by: points.by, hot, offered: false };
    }

    // A discount is somebody's decision.
    const decision = await approval({
      title: `${inputs.discountPercent}% for ${lead.company || lead.name}?`,
      detail: { lead, score: points.value, record },
      timeout: '2d',
    });
    if (!decision.approved) {
      const why = decision.timedOut ? 'nobody decided' : (decision.comment ?? 'refused');
      await slack.chat.postMessage({ channel: inputs.slackChannel, thread_ts: thread, text: `No discount: ${why}` });
      await airtable.records.update({ ...table, recordId: record, fields: { Offer: `none (${why})` } });
      return { success: true, record, score: points.value, by: points.by, hot, offered: false, why };
    }
    const mail = await gmail.messages.send({
      to: lead.email,
      subject: `Your offer for ${lead.seats} seats`,
      body: `Hello ${lead.name},\n\nfor ${lead.seats} seats we give you ${inputs.discountPercent}% off.\n${decision.comment ? `\n${decision.comment}\n` : ''}`,
    });
    await airtable.records.update({ ...table, recordId: record, fields: { Offer: mail.success ? `${inputs.discountPercent}%` : 'mail failed' } });
    return { success: true, record, score: points.value, by: points.by, hot, offered: mail.success };
  },
});

export const metadata = { id: 'typeform-leads', category: 'sales', tags: ['typeform', 'airtable', 'slack', 'gmail', 'ai'] };
