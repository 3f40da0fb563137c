// One long wait, of the kind that the trigger names.
import { approval, defineWorkflow, invoke, manual, sleep, waitForEvent } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Waiter',
  version: '1.0.0',
  integrations: [],
  trigger: manual(),
  async execute({ trigger }) {
    const { what, order, timeout } = trigger.data;
    const before = Date.now();
    switch (what) {
      case 'sleep':
        await sleep('3d');
        return { before, after: Date.now() };
      case 'event':
        return { event: await waitForEvent('order.paid', { match: { order }, timeout }) };
      case 'approval':
        return { decision: await approval({ title: 'Pay 120 EUR?', detail: { amount: 120 } }) };
      default:
        return { child: await invoke('patient-child', { n: 1 }) };
    }
  },
});
