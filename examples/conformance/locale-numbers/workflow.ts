// Grouping, fixed digits and currencies (§8).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Locale numbers',
  trigger: manual(),
  async execute() {
    const money = (amount: number, currency: string) => new Intl.NumberFormat('en-US', { style: 'currency', currency }).format(amount);
    return {
      grouped: (1234.5).toLocaleString(),
      rounded: (1234567.89123).toLocaleString('en-US'),
      fixed: (1234.5).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 }),
      whole: (0.6).toLocaleString('en-US', { maximumFractionDigits: 0 }),
      money: [money(1234.5, 'USD'), money(1234.5, 'EUR'), money(0.5, 'GBP'), money(1234.5, 'JPY'), money(-3, 'USD')],
      franc: money(1, 'CHF') === 'CHF\u00a01.00',
      german: (1234567.5).toLocaleString('de-DE'),
      percent: (0.256).toLocaleString('en-US', { style: 'percent' }),
    };
  },
});
