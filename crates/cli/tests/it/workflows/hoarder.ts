// Stores a value, or deletes it, and says what came of it.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Hoarder',
  version: '1.0.0',
  integrations: [],
  trigger: manual(),
  async execute({ trigger, storage, env }: any) {
    const { key, bytes, kv, remove } = trigger.data;
    if (remove) return { removed: await storage.delete(key) };
    try {
      await (kv ? env.KV.put(key, 'x'.repeat(bytes)) : storage.set(key, 'x'.repeat(bytes)));
      return { stored: true };
    } catch (error: any) {
      return { code: error.code, message: error.message };
    }
  },
});
