// Bills a customer, then stumbles over what came back; the test deploys a version that does not.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Billed',
  version: '1.0.0',
  inputs: { apiKey: { type: 'text', label: 'API Key', required: true } },
  trigger: manual(),
  async execute({ trigger, inputs, storage, runId }: any) {
    const post = async (path: string, body: unknown) => {
      const request = { method: 'POST', headers: { Authorization: `Bearer ${inputs.apiKey}` }, body: JSON.stringify(body) };
      const answer = await fetch(`https://crm.example/${path}`, request);
      return answer.json() as any;
    };
    const bill = await post('bill', { n: trigger.data.n, salt: Math.random(), run: runId });
    await storage.set(`bill-${trigger.data.n}`, bill.id);
    console.log('billed', bill.id);
    const total = bill.lines.total;
    await post('report', { n: trigger.data.n, total });
    return { total };
  },
});
