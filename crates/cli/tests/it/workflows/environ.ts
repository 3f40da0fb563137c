// Says before and after a wait what its environment is, and tries to send its secret where the developer did not say.
import { defineWorkflow, manual, waitForEvent } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Environ',
  version: '1.0.0',
  integrations: [],
  inputs: { elsewhere: { type: 'url', label: 'Elsewhere' } },
  trigger: manual(),
  async execute({ trigger, inputs, env, userId }: any) {
    const headers = { Authorization: `Bearer ${env.API_SECRET}` };
    const greeting = env.GREETING ?? 'nothing';
    const say = (when: string) => fetch(`${env.BASE_URL || 'https://nowhere.example'}/${trigger.data.n}/${when}/${greeting}`, { method: 'POST', headers, body: '{}' });
    if (env.BASE_URL) await say('before');
    if (trigger.data.wait) await waitForEvent('go', { match: { n: trigger.data.n } });
    const told = env.BASE_URL ? await (await say('after')).json() : null;
    const refused = inputs.elsewhere && env.API_SECRET ? await fetch(inputs.elsewhere, { headers }).then(() => 'sent', (error: any) => error.code) : null;
    return { greeting, names: Object.keys(env).sort(), absent: typeof env.ABSENT, told, refused, userId };
  },
});
