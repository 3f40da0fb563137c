// Somebody decides; the run waits for days if need be.
import { approval, defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Approval',
  trigger: manual(),
  async execute({ trigger }) {
    const decision = await approval({ title: `Refund ${trigger.data.amount}?`, detail: { amount: trigger.data.amount }, timeout: '7d' });
    return { approved: decision.approved, comment: decision.comment ?? null, timedOut: decision.timedOut };
  },
});
