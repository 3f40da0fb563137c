import { approval, defineWorkflow, manual, sleep, waitForEvent, webhook, type Storage } from '@millrace/sdk';

/** A case: one invoice on its way from due to paid or to a collector. */
interface Case {
  invoice: string;
  customer: string;
  email: string;
  amount: number;
  due: string;
  level: number;
  status: 'open' | 'paid' | 'collection' | 'written off' | 'held';
  history: { at: string; what: string }[];
}

const DAY = 86_400_000;

/** The tone becomes firmer. */
const LETTERS = [
  { subject: 'A reminder: invoice {invoice}', body: 'Hello {customer},\n\ninvoice {invoice} over {amount} was due on {due}. It may have slipped through.' },
  { subject: 'Second reminder: invoice {invoice}', body: 'Hello {customer},\n\ninvoice {invoice} over {amount} is {days} days late. Please pay it this week.' },
  { subject: 'Final notice: invoice {invoice}', body: 'Hello {customer},\n\ninvoice {invoice} over {amount} is {days} days late. Without payment within a week we hand it to a collector.' },
] as const;

function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

function dollars(amount: number): string {
  return new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' }).format(amount);
}

async function note(storage: Storage, open: Case, what: string, change: Partial<Case> = {}): Promise<void> {
  Object.assign(open, change);
  open.history.push({ at: new Date().toISOString(), what });
  await storage.put(`case:${open.invoice}`, open);
}

export default defineWorkflow({
  name: 'Invoice dunning',
  description: 'Follows an invoice of QuickBooks for weeks: reminders that become firmer, until it is paid or somebody decides.',
  version: '1.2.0',

  integrations: [
    { service: 'quickbooks', scopes: ['read_invoices', 'read_customers'] },
    { service: 'gmail', scopes: ['send_email'] },
    { service: 'slack', scopes: ['send_messages'], optional: true },
  ],

  config: {
    days_between: { type: 'number', label: 'Days between letters', default: 7, min: 1, max: 60 },
    grace_days: { type: 'number', label: 'Days of grace', default: 1, min: 0 },
    minimum_balance: { type: 'number', label: 'Smaller balances are written off', default: 5 },
    slack_channel: { type: 'text', default: '#finance' },
    reply_to: { type: 'email', label: 'Answers go to', default: 'billing@example.com' },
  },

  trigger: webhook({ path: 'invoices', events: ['invoice.issued', 'invoice.paid'] }),
  webhooks: [manual({ description: 'Start a case for each overdue invoice' })],

  async execute({ trigger, inputs, integrations, storage }) {
    const { quickbooks, gmail, slack } = integrations;
    const tell = async (text: string) => {
      const sent = await slack?.chat.postMessage({ channel: inputs.slackChannel, text });
      if (sent && !sent.success) {
        console.warn('Slack', sent.error.code);
      }
    };

    if (trigger.type === 'manual') {
      const overdue = await quickbooks.getOverdueInvoices();
      if (!overdue.success) {
        return { success: false, error: `QuickBooks: ${overdue.error}`, retryable: true };
      }
      const aging = await quickbooks.getReceivablesAging();
      const unknown: string[] = [];
      for (const invoice of overdue.data) {
        if (!(await storage.get(`case:${invoice.Id}`))) {
          unknown.push(invoice.DocNumber ?? invoice.Id);
        }
      }
      const total = aging.success ? dollars(aging.data.total) : 'unknown';
      await tell(`${overdue.data.length} overdue invoices, ${unknown.length} without a case (${unknown.join(', ') || 'none'}); outstanding: ${total}`);
      return { success: true, overdue: overdue.data.length, unknown, total };
    }

    const { invoice: id, customer: customerId, number, amount, due } = trigger.data;
    if (trigger.event === 'invoice.paid') {
      const open = await storage.get<Case>(`case:${id}`);
      if (!open || open.status !== 'open') {
        return { success: true, skipped: true, reason: 'no open case' };
      }
      await note(storage, open, 'payment reported', { status: 'paid' });
      return { success: true, paid: id };
    }

    if (await storage.get(`case:${id}`)) {
      return { success: true, skipped: true, reason: 'the case is open already' };
    }
    const customer = await quickbooks.getCustomer(customerId);
    if (!customer.success) {
      throw Object.assign(new Error(`customer ${customerId}: ${customer.error}`), { code: customer.error.code });
    }
    const email = customer.data.PrimaryEmailAddr?.Address;
    if (!email) {
      await tell(`Invoice ${number}: ${customer.data.DisplayName} has no mail address`);
      return { success: true, skipped: true, reason: 'no address' };
    }
    const open: Case = { invoice: id, customer: customer.data.DisplayName, email, amount, due, level: 0, status: 'open', history: [] };
    await note(storage, open, 'issued');

    /** What is still to be paid; null when QuickBooks does not know the invoice any more. */
    const balance = async (): Promise<number | null> => {
      const listed = await quickbooks.listInvoices({ customerId, status: 'open', limit: 100 });
      if (!listed.success) {
        throw new Error(`QuickBooks: ${listed.error}`);
      }
      const found = listed.data.find((one: any) => one.Id === id);
      return found ? Number(found.Balance) : null;
    };

    await sleep(new Date(Date.parse(due) + inputs.graceDays * DAY));

    for (const [index, letter] of LETTERS.entries()) {
      const told = await storage.get<Case>(`case:${id}`);
      const left = told?.status === 'paid' ? null : await balance();
      if (left === null) {
        await note(storage, told ?? open, 'found paid', { status: 'paid' });
        return { success: true, invoice: id, status: 'paid', letters: index };
      }
      if (left < inputs.minimumBalance) {
        await note(storage, open, `${dollars(left)} written off`, { status: 'written off' });
        return { success: true, invoice: id, status: 'written off', letters: index };
      }
      const days = Math.floor((Date.now() - Date.parse(due)) / DAY);
      const values = { invoice: number, customer: open.customer, amount: dollars(left), due, days };
      const sent = await gmail.messages.send({ to: email, replyTo: inputs.replyTo, subject: fill(letter.subject, values), body: fill(letter.body, values) });
      if (!sent.success) {
        await tell(`Letter ${index + 1} for ${number} did not go out: ${sent.error}`);
      }
      await note(storage, open, sent.success ? `letter ${index + 1}` : `letter ${index + 1} failed`, { level: index + 1 });

      // Whatever comes first: the payment or the next letter.
      const paid = await waitForEvent('invoice.paid', { match: { invoice: id }, timeout: inputs.daysBetween * DAY });
      if (paid) {
        await note(storage, open, 'paid after a letter', { status: 'paid' });
        await tell(`${open.customer} paid ${number} after letter ${index + 1}`);
        return { success: true, invoice: id, status: 'paid', letters: index + 1 };
      }
    }

    const decision = await approval({
      title: `Hand invoice ${number} to a collector?`,
      detail: { customer: open.customer, amount, due, history: open.history },
      timeout: '14d',
    });
    const status = decision.approved ? 'collection' : 'held';
    await note(storage, open, decision.approved ? 'handed over' : (decision.comment ?? 'nobody decided'), { status });
    await tell(decision.approved ? `Invoice ${number} goes to the collector` : `Invoice ${number} is held`);
    return { success: true, invoice: id, status, letters: LETTERS.length };
  },
});

export const metadata = { id: 'invoice-dunning', category: 'finance', tags: ['quickbooks', 'gmail', 'slack'] };
