// `env.KV`: text, JSON, expiry, lists of names; its keys are not those of `storage` (§5).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'KV',
  trigger: manual(),
  async execute({ trigger, storage, env }) {
    const kv = env.KV!;
    if (trigger.data.phase === 'write') {
      await kv.put('seen:1', JSON.stringify({ n: 1 }), { expirationTtl: 3600 });
      await kv.put('seen:2', 'plain', { expirationTtl: 86400 });
      await kv.put('other', 'x');
      await storage.set('seen:1', 'of storage');
    }
    const listed = await kv.list({ prefix: 'seen:' });
    return {
      text: await kv.get('seen:1'),
      json: await kv.get('seen:1', 'json'),
      plain: await env.KV?.get('seen:2', 'text'),
      missing: await kv.get('nothing'),
      names: listed.keys.map((key) => key.name),
      complete: listed.list_complete,
      storage: await storage.get('seen:1'),
    };
  },
});
