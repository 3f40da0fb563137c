// `X.request(path, init)` answers as `fetch` does, with the connection's credentials (§13.1).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Raw request',
  integrations: [{ service: 'gmail' }],
  trigger: manual(),
  async execute({ integrations }) {
    const { gmail } = integrations;
    const labels = await gmail.request('/gmail/v1/users/me/labels');
    const made = await gmail.request('/gmail/v1/users/me/labels', { method: 'POST', headers: { 'X-Note': 'n' }, body: JSON.stringify({ name: 'Done' }) });
    const missing = await gmail.request('/gmail/v1/users/me/labels/none');
    return {
      labels: (await labels.json()).labels.length,
      ok: [labels.ok, labels.status, labels.headers.get('Content-Type')?.startsWith('application/json')],
      made: JSON.parse(await made.text()).id,
      missing: [missing.ok, missing.status],
    };
  },
});
