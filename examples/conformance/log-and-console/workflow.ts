// `log`, `context.log` and `console` all write to the run's log; objects and errors are readable (§5, §8, §16 row 11).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Logs',
  trigger: manual(),
  async execute({ log, context, runId }) {
    console.log('begun', { items: [1, 2], nested: { a: true } }, 7);
    log.info('synced', { count: 3 });
    log.warn('slow');
    context.log.error('broken', { code: 'E1' });
    console.error(new TypeError('no such page'));
    console.debug('done');
    return { runId: runId === context.runId && runId.length > 0 };
  },
});
