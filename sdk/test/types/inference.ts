// What editors know inside `execute`. Compiled, never run: a wrong type is an error here, and so is a `@ts-expect-error` without one.
import { cron, defineWorkflow, manual, poll, schedule, webhook, type Context, type InputValues, type LanguageModel, type ModelText, type WorkflowDefinition } from '../../src/index.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function is<_ extends true>(): void {}

// --- inputs ---
defineWorkflow({
  name: 'Inputs',
  integrations: [],
  inputs: {
    channel: { type: 'text', required: true },
    note: { type: 'textarea' },
    days: { type: 'number', default: 7 },
    daily: { type: 'boolean', default: false },
    mode: { type: 'select', options: ['fast', 'slow'], required: true },
    plan: { type: 'select', options: [{ value: 'free', label: 'Free' }, { value: 'paid', label: 'Paid' }], default: 'free' },
    tags: { type: 'multiselect', options: ['a', 'b'], required: true },
    numbers: { type: 'array', items: { type: 'number' }, required: true },
    mails: { type: 'email', multiple: true, required: true },
    at: { type: 'time', default: '07:30' },
    raw: { type: 'json', required: true },
    more: { type: 'object', required: true },
    nothing: { type: 'text', default: undefined },
  },
  trigger: manual(),
  async execute({ inputs, config }) {
    is<Equal<typeof inputs.channel, string>>();
    is<Equal<typeof inputs.note, string | undefined>>();
    is<Equal<typeof inputs.days, number>>();
    is<Equal<typeof inputs.daily, boolean>>();
    is<Equal<typeof inputs.mode, 'fast' | 'slow'>>();
    is<Equal<typeof inputs.plan, 'free' | 'paid'>>();
    is<Equal<typeof inputs.tags, string[]>>();
    is<Equal<typeof inputs.numbers, number[]>>();
    is<Equal<typeof inputs.mails, string | string[]>>();
    is<Equal<typeof inputs.at, string>>();
    is<Equal<typeof inputs.raw, string>>();
    is<Equal<typeof inputs.more, Record<string, any>>>();
    is<Equal<typeof inputs.nothing, string | undefined>>();
    is<Equal<typeof config, typeof inputs>>();
    // @ts-expect-error nobody declared it
    inputs.undeclared;
  },
});

// --- both blocks, both spellings ---
defineWorkflow({
  integrations: [],
  config: { slack_channel: { type: 'text', required: true }, enable_a_i: { type: 'boolean', default: true }, _mirror: { type: 'text', required: true } },
  inputs: { sendTime: { type: 'time', required: true } },
  trigger: schedule('0 9 * * *'),
  execute({ inputs }) {
    is<Equal<typeof inputs.slack_channel, string>>();
    is<Equal<typeof inputs.slackChannel, string>>();
    is<Equal<typeof inputs.enableAI, boolean>>();
    is<Equal<typeof inputs._mirror, string>>();
    is<Equal<typeof inputs.sendTime, string>>();
    // @ts-expect-error only what is declared in snake_case has two names
    inputs.send_time;
  },
});

// --- no declaration: anything goes ---
defineWorkflow({
  integrations: ['zoom'],
  trigger: manual(),
  execute({ inputs }) {
    is<Equal<typeof inputs, Record<string, any>>>();
  },
});

// --- integrations ---
defineWorkflow({
  integrations: ['zoom', { service: 'google-sheets', scopes: ['read'] }, { service: 'slack', optional: true }, { service: 'follow-up-boss', optional: true }],
  trigger: manual(),
  async execute({ integrations }) {
    await integrations.zoom.getMeeting(1);
    await integrations['google-sheets'].spreadsheets.values.get({});
    await integrations.googleSheets.spreadsheets.values.get({});
    await integrations.slack?.chat.postMessage({});
    await integrations.followUpBoss?.getPerson(1);
    // @ts-expect-error nobody declared it
    integrations.stripe;
    is<Equal<typeof integrations.ai, LanguageModel>>();
    is<Equal<typeof integrations.workersAi, LanguageModel>>();
    const answer = await integrations.ai.generateText({ prompt: 'x', max_tokens: 5 });
    is<Equal<typeof answer.data, ModelText>>();
    answer.data.trim().split(' ');
    const text: string = answer.data.response;
    // @ts-expect-error a prompt is a text
    await integrations.ai.generateText({ prompt: 5 });
    return { text };
  },
});

// --- triggers ---
defineWorkflow({
  integrations: [],
  trigger: webhook({ service: 'zoom', event: 'meeting.ended' }),
  execute({ trigger }) {
    is<Equal<typeof trigger.type, 'webhook' | 'manual' | 'oauth_callback'>>();
    is<Equal<typeof trigger.service, 'zoom' | undefined>>();
    is<Equal<typeof trigger.event, 'meeting.ended' | undefined>>();
    is<Equal<typeof trigger.timestamp, number>>();
    // @ts-expect-error no such event was declared
    return trigger.event === 'meeting_ended';
  },
  onError({ error, trigger, message }) {
    is<Equal<typeof trigger.service, 'zoom' | undefined>>();
    return error.message === message;
  },
});
defineWorkflow({
  integrations: [],
  trigger: webhook({ path: 'intake', events: ['created', 'changed'] }),
  webhooks: [webhook({ service: 'slack', event: 'interactive_message' }), manual()],
  execute({ trigger }) {
    is<Equal<typeof trigger.event, 'created' | 'changed' | 'interactive_message' | undefined>>();
  },
});
defineWorkflow({
  integrations: [],
  trigger: webhook({ service: 'github' }),
  execute({ trigger }) {
    is<Equal<typeof trigger.event, string | undefined>>();
  },
});
defineWorkflow({
  integrations: [],
  trigger: cron({ schedule: '*/5 * * * *' }),
  execute({ trigger }) {
    is<Equal<typeof trigger.type, 'schedule' | 'manual' | 'oauth_callback'>>();
  },
});
defineWorkflow({
  integrations: [],
  trigger: poll({ interval: 300, service: 'notion' }),
  execute({ trigger }) {
    is<Equal<typeof trigger.service, 'notion' | undefined>>();
  },
});
// @ts-expect-error a trigger is needed
defineWorkflow({ integrations: [], execute() {} });
// @ts-expect-error what is executed is needed
defineWorkflow({ integrations: [], trigger: manual() });
// @ts-expect-error an interval is needed
poll({ service: 'notion' });

// --- types by name ---
const plain: WorkflowDefinition = { integrations: [], trigger: manual(), execute: async ({ inputs, integrations }: Context) => [inputs.anything, integrations.anything] };
void plain;
is<Equal<InputValues<{ readonly days: { readonly type: 'number'; readonly required: true } }>['days'], number>>();

// Pauses as they are written everywhere, and callbacks with arguments of their own.
await new Promise((resolve) => setTimeout(resolve, 350));
const timer: number = setTimeout((a: string, b: number) => `${a}${b}`, 10, 'a', 1);
clearTimeout(timer);
