import { defineWorkflow, schedule, webhook, type ActionResult, type Storage } from '@millrace/sdk';

/** What is kept of each month, for the digest. */
interface Month {
  paid: Record<string, number>;
  refunded: Record<string, number>;
  failed: number;
  largest: { customer: string; amount: number; currency: string } | null;
}

/** What a row of the ledger is made from. */
interface Entry {
  kind: 'Payment' | 'Refund' | 'Failed';
  reference: string;
  customer: string;
  email: string | null;
  amount: number;
  currency: string;
  at: Date;
}

const EMPTY: Month = { paid: {}, refunded: {}, failed: 0, largest: null };

/** Currencies that have no smaller unit. */
const WHOLE = new Set(['jpy', 'krw', 'vnd', 'clp']);

function amountOf(minor: number, currency: string): number {
  return WHOLE.has(currency.toLowerCase()) ? minor : minor / 100;
}

function money(amount: number, currency: string): string {
  return new Intl.NumberFormat('en-US', { style: 'currency', currency: currency.toUpperCase() }).format(amount);
}

function monthKey(date: Date): string {
  return `month:${date.toISOString().slice(0, 7)}`;
}

/** The data of a result; an exception where a retry of the whole delivery is wanted. */
function need<T>(result: ActionResult<T>, what: string): T {
  if (!result.success) {
    throw Object.assign(new Error(`${what}: ${result.error}`), { code: result.error?.code });
  }
  return result.data;
}

function rowOf(entry: Entry): Record<string, unknown> {
  return {
    Name: { title: [{ text: { content: `${entry.kind} ${entry.reference}` } }] },
    Kind: { select: { name: entry.kind } },
    Customer: { rich_text: [{ text: { content: entry.customer } }] },
    Email: entry.email ? { email: entry.email } : undefined,
    Amount: { number: entry.kind === 'Refund' ? -entry.amount : entry.amount },
    Currency: { select: { name: entry.currency.toUpperCase() } },
    Date: { date: { start: entry.at.toISOString().slice(0, 10) } },
  };
}

/** Adds an entry to its month. */
async function count(storage: Storage, entry: Entry): Promise<void> {
  const key = monthKey(entry.at);
  const month = (await storage.get<Month>(key)) ?? structuredClone(EMPTY);
  const sum = (totals: Record<string, number>) => {
    totals[entry.currency] = Math.round(((totals[entry.currency] ?? 0) + entry.amount) * 100) / 100;
  };
  if (entry.kind === 'Payment') {
    sum(month.paid);
    if (!month.largest || entry.amount > month.largest.amount) {
      month.largest = { customer: entry.customer, amount: entry.amount, currency: entry.currency };
    }
  } else if (entry.kind === 'Refund') {
    sum(month.refunded);
  } else {
    month.failed += 1;
  }
  await storage.put(key, month);
}

function digestOf(name: string, month: Month): string {
  const lines = [`*Payments in ${name}*`];
  for (const [currency, total] of Object.entries(month.paid)) {
    const refunded = month.refunded[currency] ?? 0;
    lines.push(`• ${money(total, currency)} received, ${money(refunded, currency)} refunded, ${money(total - refunded, currency)} kept`);
  }
  if (month.failed > 0) {
    lines.push(`• ${month.failed} failed ${month.failed === 1 ? 'payment' : 'payments'}`);
  }
  if (month.largest) {
    lines.push(`• largest: ${money(month.largest.amount, month.largest.currency)} from ${month.largest.customer}`);
  }
  return lines.join('\n');
}

export default defineWorkflow({
  name: 'Stripe ledger',
  description: 'Every payment becomes a row in Notion and a line in Slack; once a month there is a digest.',
  version: '1.0.0',

  integrations: [
    { service: 'stripe', scopes: ['read_payments', 'read_customers'] },
    { service: 'notion', scopes: ['write_pages'] },
    { service: 'slack', scopes: ['send_messages'], optional: true },
  ],

  config: {
    ledger_database: { type: 'notion_database_picker', label: 'Ledger database', required: true },
    slack_channel: { type: 'text', label: 'Channel for payments', default: '#payments' },
    minimum_amount: { type: 'number', label: 'Announce from this amount on', default: 0, min: 0 },
    announce_failures: { type: 'boolean', label: 'Announce failed payments', default: true },
  },

  trigger: webhook({ service: 'stripe', events: ['invoice.paid', 'invoice.payment_failed', 'charge.refunded'] }),
  webhooks: [schedule('0 8 1 * *')],

  async execute({ trigger, inputs, integrations, storage, env }) {
    const { stripe, notion, slack } = integrations;

    // Messages that Slack did not take are tried again with whatever happens next.
    const say = async (text: string): Promise<boolean> => {
      const waiting = (await storage.get<string[]>('unannounced')) ?? [];
      const left: string[] = [];
      for (const line of [...waiting, text]) {
        const sent = slack ? await slack.chat.postMessage({ channel: inputs.slackChannel, text: line }) : null;
        if (sent && !sent.success) {
          console.warn('Slack did not take a message', { code: sent.error.code });
          left.push(line);
        }
      }
      if (left.length > 0 || waiting.length > 0) {
        await storage.put('unannounced', left.slice(-20));
      }
      return left.length === 0;
    };

    if (trigger.type === 'schedule') {
      const last = new Date(trigger.timestamp);
      last.setUTCMonth(last.getUTCMonth() - 1);
      const month = await storage.get<Month>(monthKey(last));
      if (!month) {
        return { success: true, skipped: true, reason: 'nothing was paid last month' };
      }
      const name = last.toLocaleDateString('en-US', { month: 'long', year: 'numeric' });
      const announced = await say(digestOf(name, month));
      return { success: true, digest: name, announced };
    }

    const event = trigger.data;
    const object = event.data.object;
    const processed = `processed:stripe:${event.type}:${object.id}`;
    if (await storage.get(processed)) {
      return { success: true, skipped: true, reason: 'already in the ledger' };
    }

    // Customers change seldom: one look a day is enough.
    const cached = object.customer ? await env.KV?.get(`customer:${object.customer}`, 'json') : null;
    let customer = cached as { name: string; email: string | null } | null;
    if (!customer && object.customer) {
      const found = await stripe.customers.retrieve({ customerId: object.customer });
      customer = found.success ? { name: found.data.name ?? object.customer, email: found.data.email ?? null } : null;
      if (customer) {
        await env.KV?.put(`customer:${object.customer}`, JSON.stringify(customer), { expirationTtl: 86_400 });
      }
    }

    const kind = event.type === 'charge.refunded' ? 'Refund' : event.type === 'invoice.paid' ? 'Payment' : 'Failed';
    const minor = kind === 'Refund' ? object.amount_refunded : kind === 'Payment' ? object.amount_paid : object.amount_due;
    const entry: Entry = {
      kind,
      reference: object.number ?? object.id,
      customer: customer?.name ?? object.customer_email ?? 'unknown',
      email: customer?.email ?? object.receipt_email ?? null,
      amount: amountOf(minor ?? 0, object.currency),
      currency: object.currency,
      at: new Date((event.created ?? trigger.timestamp / 1000) * 1000),
    };

    const page = need<any>(
      await notion.pages.create({ parent: { database_id: inputs.ledgerDatabase }, properties: rowOf(entry) }),
      'the ledger did not take the entry',
    );
    await count(storage, entry);
    await storage.put(processed, page.id);

    const quiet = entry.amount < inputs.minimumAmount || (kind === 'Failed' && !inputs.announceFailures);
    const sum = money(entry.amount, entry.currency);
    const announced = quiet
      ? false
      : await say(
          kind === 'Payment' ? `:moneybag: ${entry.customer} paid ${sum} (${entry.reference})`
          : kind === 'Refund' ? `:leftwards_arrow_with_hook: ${sum} went back to ${entry.customer}`
          : `:warning: ${entry.customer} could not pay ${sum}`,
        );
    return { success: true, page: page.id, amount: sum, announced };
  },

  async onError({ error, trigger, storage }) {
    await storage.put('last-error', { message: error.message, event: trigger.data?.id ?? null });
  },
});

export const metadata = { id: 'stripe-ledger', category: 'finance', tags: ['stripe', 'notion', 'slack'] };
