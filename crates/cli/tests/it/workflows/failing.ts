// Fails when it is told to.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Failing',
  version: '1.0.0',
  integrations: [],
  trigger: manual(),
  async execute({ trigger }) {
    console.log('begun');
    if (trigger.data.fail) {
      console.warn('about to fail');
      throw new Error('told to fail');
    }
    return { fine: true };
  },
});
