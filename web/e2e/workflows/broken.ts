import { defineWorkflow, manual } from '@millrace/sdk';

interface Invoice {
  id: string;
  total?: number;
}

function cents(invoice: Invoice): number {
  if (invoice.total === undefined) throw new Error(`invoice ${invoice.id} has no total`);
  return invoice.total;
}

export default defineWorkflow({
  name: 'Nightly ledger',
  description: 'Adds up the day.',
  version: '1.0.0',
  trigger: manual(),

  async execute({ trigger, storage }) {
    let sum = 0;
    for (const invoice of trigger.data.invoices as Invoice[]) {
      sum += cents(invoice);
      await storage.put(invoice.id, sum);
      console.info('Booked', { invoice: invoice.id, sum });
    }
    return { sum };
  },
});

export const metadata = { id: 'nightly-ledger', visibility: 'private' as const };
