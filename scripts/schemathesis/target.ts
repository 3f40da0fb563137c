// What the generated requests find: runs that end, fail, or wait for a person or an event, as they are told.
import { approval, defineWorkflow, waitForEvent, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Target',
  version: '1.0.0',
  integrations: [],
  inputs: { note: { type: 'text', label: 'Note' } },
  trigger: webhook({ path: 'target', verify: false }),
  async execute({ trigger }) {
    console.log('begun', trigger.type);
    switch (trigger.data.then) {
      case 'fail':
        throw new Error('told to fail');
      case 'approval':
        return { approved: await approval({ title: 'Go on?', detail: { amount: 120 } }) };
      case 'event':
        return { event: await waitForEvent('go') };
    }
    return { done: true };
  },
});
