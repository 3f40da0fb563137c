// Each type is delivered as the kind of value that modules rely on (§4): numbers are numbers, `json` is text.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Input types',
  config: {
    threshold: { type: 'number', min: 0, max: 100 },
    mapping: { type: 'json' },
    channels: { type: 'text' },
    priorities: { type: 'multi_select', options: ['low', 'high', 'urgent'] },
    plan: { type: 'select', options: [{ value: 'pro', label: 'Professional' }, { value: 'free', label: 'Free' }] },
    headers: { type: 'key_value_list' },
    words: { type: 'text_list' },
    recipients: { type: 'email', multiple: true },
    notion_database: { type: 'notion_database_picker' },
    send_time: { type: 'time' },
  },
  trigger: manual(),
  async execute({ inputs }) {
    const list = inputs.channels as unknown as string[];
    return {
      sum: (inputs.threshold ?? 0) + 1,
      mapping: [typeof inputs.mapping, JSON.parse(inputs.mapping ?? '{}').bug],
      channels: list.map((channel) => channel.toUpperCase()),
      priorities: inputs.priorities?.includes('urgent'),
      plan: inputs.plan,
      headers: inputs.headers?.['x-team'],
      words: inputs.words?.length,
      recipients: ([] as string[]).concat(inputs.recipients ?? []),
      database: inputs.notionDatabase,
      time: [typeof inputs.sendTime, inputs.sendTime, (inputs.sendTime as unknown as { hour?: number }).hour === undefined],
    };
  },
});
