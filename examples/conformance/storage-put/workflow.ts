// `put` is `set`; keys can be listed by prefix (§5, §16 row 10).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Storage put',
  trigger: manual(),
  async execute({ storage }) {
    await storage.put('processed:stripe:in_1', true);
    await storage.set('processed:stripe:in_2', { at: 1 });
    await storage.put('processed:stripe:in_1', 'again');
    await storage.put('last-sync', '2026-01-15');
    const listed = await storage.list?.({ prefix: 'processed:' });
    const first = await storage.list?.({ prefix: 'processed:', limit: 1 });
    const second = await storage.list?.({ prefix: 'processed:', limit: 1, cursor: first?.cursor });
    return {
      read: await storage.get('processed:stripe:in_1'),
      keys: (await storage.keys()).sort(),
      listed: [listed?.keys, listed?.complete],
      paged: [first?.keys, first?.complete, second?.keys],
      has: [await storage.has?.('last-sync'), await storage.has?.('nothing')],
    };
  },
});
