// Uses a key, an account and storage before a wait and after it.
import { approval, defineWorkflow, manual, sleep, waitForEvent } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Journey',
  version: '1.0.0',
  integrations: [{ service: 'zoom', scopes: ['meeting:read'] }],
  inputs: { apiKey: { type: 'secret', label: 'API key', required: true } },
  trigger: manual(),
  async execute({ trigger, inputs, integrations, storage }: any) {
    const { n, wait, text } = trigger.data;
    const step = async (name: string) => {
      const answer = await fetch(`https://crm.example/${n}/${name}`, { method: 'POST', headers: { Authorization: `Bearer ${inputs.apiKey}` }, body: '{}' });
      if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
    };
    await step('before');
    await storage.set(`seen:${n}`, { n, text });
    if (wait === 'timer') await sleep('3d');
    if (wait === 'event') await waitForEvent('order.paid', { match: { n } });
    if (wait === 'approval') await approval({ title: `Go on with ${n}?` });
    const meeting = await integrations.zoom.getMeeting(n);
    await step('after');
    const kept = await storage.get(`seen:${n}`);
    return { n: kept.n, text: kept.text.length, topic: meeting.data?.topic };
  },
});
