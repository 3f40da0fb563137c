// Dates are written as full ICU writes them, in a sandbox that has none (§8).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Locale dates',
  trigger: manual(),
  async execute() {
    const date = new Date('2024-01-15T09:30:00Z');
    return {
      date: date.toLocaleDateString(),
      time: date.toLocaleTimeString(),
      both: date.toLocaleString('en-US'),
      long: date.toLocaleDateString('en-US', { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }),
      short: date.toLocaleDateString('en-US', { month: 'short', day: 'numeric' }),
      clock: date.toLocaleTimeString('en-US', { hour: 'numeric', minute: '2-digit' }),
      clock24: date.toLocaleTimeString('en-US', { hour: '2-digit', minute: '2-digit', hour12: false }),
      tokyo: date.toLocaleString('en-US', { timeZone: 'Asia/Tokyo', weekday: 'short', hour: 'numeric', minute: '2-digit', hour12: true }),
      german: date.toLocaleDateString('de-DE', { weekday: 'long', day: 'numeric', month: 'long' }),
      format: new Intl.DateTimeFormat('en-US', { month: 'short', day: '2-digit', year: 'numeric' }).format(date),
    };
  },
});
