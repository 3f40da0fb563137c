import { approval, defineWorkflow, manual, sleep } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Refund desk',
  description: 'Large refunds wait for a person; small ones go through at once.',
  version: '1.0.0',
  inputs: { limit: { type: 'number', label: 'Ask from this amount', description: 'In euros', required: true, default: 100 } },
  trigger: manual(),

  async execute({ trigger, inputs }) {
    console.log('Refund asked for', trigger.data);
    await sleep(50);
    if (trigger.data.amount < inputs.limit) return { refunded: trigger.data.amount };
    const decision = await approval({ title: `Refund ${trigger.data.amount} € for ${trigger.data.order}?`, detail: { order: trigger.data.order, amount: trigger.data.amount, reason: 'Arrived broken' }, timeout: '7d' });
    return { refunded: decision.approved ? trigger.data.amount : 0 };
  },
});

export const metadata = { id: 'refund-desk', visibility: 'private' as const };
