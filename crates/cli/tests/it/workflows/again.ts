// Fails as often as it is told, and says each time that trying again may help.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Again',
  version: '1.0.0',
  integrations: [],
  trigger: manual(),
  async execute({ trigger, storage }: any) {
    const attempt = 1 + ((await storage.get('attempt')) ?? 0);
    await storage.put('attempt', attempt);
    const answer = await fetch(`https://crm.example/${attempt}`);
    if (attempt <= trigger.data.fails) throw Object.assign(new Error(`down ${answer.status}`), { code: 'provider_down' });
    return { success: true, attempt };
  },
  async onError({ error, storage, log, runId }: any) {
    await storage.put('told', [error.message, error.code, error.inputs !== undefined, error.error === error]);
    log.warn('trying again', { runId });
    return { retryable: true };
  },
});
