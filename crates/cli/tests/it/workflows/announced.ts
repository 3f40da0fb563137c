import { approval, defineWorkflow, sleep, waitForEvent, webhook } from '@millrace/sdk';

export const metadata = { id: 'announced' };

/** Announces each paid invoice once; large ones wait, for a person and for days. */
export default defineWorkflow({
  name: 'Announced',
  integrations: [{ service: 'stripe' }, { service: 'slack' }],
  config: { slack_channel: { type: 'text', required: true } },
  trigger: webhook({ service: 'stripe', event: 'invoice.paid' }),
  async execute({ trigger, inputs, integrations, storage, env }) {
    const invoice = trigger.data.data.object;
    if (await storage.get(`seen:${invoice.id}`)) return { announced: false };
    const customer = await integrations.stripe.customers.retrieve({ customerId: invoice.customer });
    if (!customer.success) throw new Error(`no customer: ${customer.error}`);
    console.log(`announcing ${customer.data.name}`);
    await new Promise((go) => setTimeout(go, 500));
    await integrations.slack.chat.postMessage({ channel: inputs.slackChannel, text: `${customer.data.name} paid ${invoice.amount_paid}` });
    await storage.put(`seen:${invoice.id}`, true);
    if (invoice.amount_paid < 5000) return { announced: true, at: new Date().toISOString() };
    const decision = await approval({ title: 'Thank them?' });
    await sleep('3d');
    const shipped = await waitForEvent('shipped', { timeout: '1d' });
    return { announced: true, thanked: decision.approved, shipped: shipped?.data?.parcel ?? null, at: new Date().toISOString() };
  },
});
