import { defineWorkflow, webhook } from '@millrace/sdk';

/** What the sender tells of an order. */
interface Order {
  id: string;
  customer: string;
  total: number;
}

export default defineWorkflow({
  name: '__TITLE__',
  description: 'Takes orders from an address of its own, and passes large ones on.',
  version: '0.1.0',
  pricing: { model: 'free' },
  integrations: [],

  inputs: {
    endpoint: { type: 'url', label: 'Where large orders go', required: true },
    limit: { type: 'number', label: 'Large from', default: 1000, min: 0 },
  },

  // Each installation gets an address and a signing secret: senders sign with `X-Webhook-Signature: sha256=<hex>`.
  trigger: webhook({ path: 'orders' }),

  async execute({ trigger, inputs, storage }) {
    const order: Order = trigger.data;
    if (!order.id) return { success: false, error: 'The order has no id.' };

    // Senders deliver twice when they are unsure. Each order is dealt with once.
    if (await storage.get(`order:${order.id}`)) return { success: true, skipped: true };

    const isLarge = order.total >= inputs.limit;
    if (isLarge) {
      const answer = await fetch(inputs.endpoint, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ order: order.id, customer: order.customer, total: order.total }),
      });
      // Not kept as dealt with: when the sender delivers it again, it is tried again.
      if (!answer.ok) return { success: false, error: `The endpoint answered ${answer.status}.` };
      console.log('Passed on', { order: order.id });
    }

    await storage.set(`order:${order.id}`, { total: order.total });
    return { success: true, data: { passedOn: isLarge } };
  },
});
