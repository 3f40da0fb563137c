// Says before and after a wait how it is configured.
import { defineWorkflow, manual, waitForEvent } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Configured',
  version: '1.0.0',
  integrations: [{ service: 'zoom', scopes: ['meeting:read'], optional: true }],
  inputs: { greeting: { type: 'text', label: 'Greeting' }, apiKey: { type: 'secret', label: 'API key', required: true } },
  trigger: manual(),
  async execute({ trigger, inputs, integrations }: any) {
    const { n, wait, fail } = trigger.data;
    const seen = `${inputs.greeting ?? 'nothing'}-${integrations.zoom ? 'zoom' : 'alone'}`;
    const say = (when: string) => fetch(`https://crm.example/${n}/${when}/${seen}`, { method: 'POST', headers: { Authorization: `Bearer ${inputs.apiKey}` }, body: '{}' });
    await say('before');
    if (wait) await waitForEvent('go', { match: { n } });
    await say('after');
    if (fail) throw new Error(seen);
    return { seen };
  },
});
