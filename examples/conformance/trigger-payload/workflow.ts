// `trigger.payload` is the same object as `trigger.data` (§3); a path webhook takes its event from the body.
import { defineWorkflow, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Trigger payload',
  trigger: webhook({ path: 'orders', events: ['order.paid', 'order.refunded'] }),
  async execute({ trigger }) {
    return {
      same: trigger.data === trigger.payload,
      order: trigger.payload.order.id,
      type: trigger.type,
      event: trigger.event,
      milliseconds: trigger.timestamp > 1_700_000_000_000,
    };
  },
});
