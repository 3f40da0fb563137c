// Defaults come before normalisation; a field without a value and without a default is absent (§4).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Input defaults',
  config: {
    post_digest: { type: 'boolean', default: false },
    max_items: { type: 'number', default: 0 },
    channel_name: { type: 'text', default: '#general' },
    empty_text: { type: 'text', default: '' },
    no_value: { type: 'text', default: undefined },
    optional_text: { type: 'text' },
    tag_list: { type: 'array', items: { type: 'text' }, default: ['a', 'b'] },
  },
  trigger: manual(),
  async execute({ inputs }) {
    return {
      values: [inputs.postDigest, inputs.maxItems, inputs.channelName, inputs.emptyText],
      snake: [inputs.post_digest, inputs.max_items, inputs.channel_name],
      tags: inputs.tagList,
      absent: ['noValue' in inputs, 'no_value' in inputs, 'optionalText' in inputs, inputs.noValue === undefined],
    };
  },
});
