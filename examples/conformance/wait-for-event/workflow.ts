// A run waits for an event whose data matches, or until time is up.
import { defineWorkflow, manual, waitForEvent } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Wait for an event',
  trigger: manual(),
  async execute({ trigger }) {
    const paid = await waitForEvent('order.paid', { match: { order: trigger.data.order }, timeout: '2d' });
    return paid ? { amount: paid.data.amount } : { amount: 0, timedOut: true };
  },
});
