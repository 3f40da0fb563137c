// `inputs` and `config` are two names of one block; where both declare a field, `inputs` wins (§4, §16 row 1).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Inputs and config',
  config: {
    database_id: { type: 'text', default: 'from config' },
    greeting: { type: 'text', default: 'from config' },
  },
  inputs: {
    greeting: { type: 'text', default: 'from inputs' },
    limit: { type: 'number', default: 5 },
  },
  trigger: manual(),
  async execute({ inputs, config, context }) {
    return { same: inputs === config && context.config === inputs, values: [inputs.databaseId, inputs.greeting, inputs.limit] };
  },
});
