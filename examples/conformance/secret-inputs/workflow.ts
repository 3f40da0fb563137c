// A secret input reaches the service in clear and shows nowhere else (§4, §16 row 16).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Secret inputs',
  inputs: {
    crmEndpoint: { type: 'text', label: 'CRM API Endpoint', required: true },
    crmApiKey: { type: 'text', label: 'CRM API Key', required: true },
  },
  trigger: manual(),
  async execute({ inputs }) {
    const response = await fetch(inputs.crmEndpoint, {
      method: 'POST',
      headers: { Authorization: `Bearer ${inputs.crmApiKey}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ ok: true }),
    });
    const echoed = await response.text();
    console.log('answered', echoed, inputs.crmApiKey);
    return { status: response.status, echoed, key: inputs.crmApiKey };
  },
});
