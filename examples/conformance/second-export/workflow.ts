// A further exported definition is a workflow of its own (§1).
import { defineWorkflow, manual, schedule } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Main',
  trigger: manual(),
  async execute() {
    return { which: 'main' };
  },
});

export const digest = defineWorkflow({
  name: 'Digest',
  inputs: { title: { type: 'text', default: 'Digest' } },
  trigger: schedule('0 8 * * *'),
  async execute({ inputs }) {
    return { which: 'digest', title: inputs.title };
  },
});

export const metadata = { id: 'second-export' };
