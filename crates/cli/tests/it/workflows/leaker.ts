// Does everything careless with a secret input and with a connection that a module could do.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Leaker',
  version: '1.0.0',
  integrations: [{ service: 'zoom', scopes: ['meeting:read'] }],
  inputs: {
    apiKey: { type: 'text', label: 'API Key', required: true },
    endpoint: { type: 'text', label: 'Endpoint', required: true },
  },
  trigger: manual(),
  async execute({ trigger, inputs, config, integrations, storage, env, log }: any) {
    const key = inputs.apiKey;
    const zoom = integrations.zoom;
    console.log('key', key, { key, inputs, config, env, zoom, token: zoom.accessToken });
    log.info(`letters ${[...String(key)].join(' ')}`, { key });
    await storage.set('key', { key, token: zoom.accessToken });
    const meeting = await zoom.getMeeting(85746065432);
    // An answer that holds every secret of the run, to a call that carries none.
    const gossip = await fetch(`${inputs.endpoint}/gossip`);
    const heard = await gossip.text();
    console.log('gossip', heard, gossip.headers.get('x-gossip'));
    await storage.set('heard', heard);
    const answer = await fetch(inputs.endpoint, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'X-Copy': key },
      body: JSON.stringify({ key, note: `key=${key}` }),
    });
    const echoed = await answer.text();
    const headers: Record<string, string> = {};
    answer.headers.forEach((value: string, name: string) => (headers[name] = value));
    // Held back by the test while it looks into the process.
    await fetch(`${inputs.endpoint}/second`, { method: 'POST', body: echoed });
    console.log('echo', echoed, headers, meeting.data);
    if (trigger.data.fail) throw new Error(`the key is ${key} and the echo ${echoed}`);
    return { heard, key, echoed, headers, stored: await storage.get('key'), token: zoom.accessToken, meeting: meeting.data };
  },
});
