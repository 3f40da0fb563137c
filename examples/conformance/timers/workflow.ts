// `setTimeout` of any length (§8): short pauses pass, and the clock has moved afterwards.
import { defineWorkflow, delay, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Timers',
  trigger: manual(),
  async execute() {
    const begun = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 350));
    const order: string[] = [];
    const cancelled = setTimeout(() => order.push('never'), 20);
    clearTimeout(cancelled);
    await Promise.all([delay(30).then(() => order.push('late')), delay(10).then(() => order.push('early'))]);
    await new Promise((resolve) => setTimeout(resolve, 30_000));
    return { order, passed: Date.now() - begun >= 30_350 };
  },
});
