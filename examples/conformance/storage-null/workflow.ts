// A missing key is null and never undefined; what was read is a copy (§5, §16 row 9).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Storage',
  trigger: manual(),
  async execute({ storage, context }) {
    const missing = await storage.get('missing');
    const value = { list: [1], at: new Date('2026-01-01T00:00:00Z'), none: undefined };
    await storage.set('value', value);
    value.list.push(2);
    const read = await storage.get('value');
    read.list.push(3);
    const again = await context.storage.get('value');
    await storage.delete('value');
    return {
      missing: [missing === null, missing === undefined],
      read: read.list,
      again: [again.list, again.at, 'none' in again],
      deleted: await storage.get('value'),
      falsy: [await storage.set('zero', 0), await storage.get('zero'), await storage.set('no', false), await storage.get('no')].filter((v) => v !== undefined),
    };
  },
});
