import { defineWorkflow, manual, waitForEvent } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Shared tool',
  description: 'Does its work at a gate, after an event when asked to wait.',
  version: '1.0.0',
  integrations: [],
  trigger: manual(),

  async execute({ trigger }) {
    if (trigger.data.wait) await waitForEvent('go', { timeout: '30d' });
    const answer = await fetch('https://gate.example/work', { method: 'POST', body: JSON.stringify(trigger.data) });
    return { success: true, status: answer.status };
  },
});

export const metadata = { id: 'shared-tool', visibility: 'private' as const };
