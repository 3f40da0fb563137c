// What an installation must have is checked before a run: `required`, `min` and `max`, membership (§4).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Input checks',
  inputs: {
    channel: { type: 'text', required: true },
    days: { type: 'number', min: 1, max: 30, default: 7 },
  },
  trigger: manual(),
  async execute({ inputs }) {
    return { channel: inputs.channel, days: inputs.days };
  },
});
