import { approval, defineWorkflow, manual, sleep } from '@millrace/sdk';

export default defineWorkflow({
  name: '__TITLE__',
  description: 'Asks somebody before something is done, and asks once more when nobody answers.',
  version: '0.1.0',
  pricing: { model: 'free' },
  integrations: [],

  inputs: {
    patience: { type: 'select', label: 'How long to wait for an answer', options: ['1h', '1d', '3d'], default: '1d' },
  },

  trigger: manual({ description: 'Started by hand or over the API with an amount and a reason' }),

  async execute({ trigger, inputs }) {
    const amount = Number(trigger.data.amount ?? 0);
    const reason = String(trigger.data.reason ?? 'no reason given');

    // A run that waits for people takes no memory, and outlives restarts and deploys.
    let decision = await approval({ title: `Spend ${amount}?`, detail: { amount, reason }, timeout: inputs.patience });
    if (decision.timedOut) {
      await sleep('1h');
      decision = await approval({ title: `Still open: spend ${amount}?`, detail: { amount, reason }, timeout: inputs.patience });
    }
    if (!decision.approved) return { success: true, skipped: true, data: { approved: false, comment: decision.comment } };

    console.log('Approved', { amount, by: decision.decidedBy });
    return { success: true, data: { approved: true, amount, by: decision.decidedBy } };
  },
});
