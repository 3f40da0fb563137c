// The hour before and after both changes of the clock, in two zones (§8).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Daylight saving',
  trigger: manual(),
  async execute() {
    const at = (instant: string, timeZone: string) =>
      new Date(instant).toLocaleTimeString('en-US', { timeZone, hour: '2-digit', minute: '2-digit', hour12: false });
    return {
      berlinSpring: [at('2026-03-29T00:59:00Z', 'Europe/Berlin'), at('2026-03-29T01:00:00Z', 'Europe/Berlin')],
      berlinAutumn: [at('2026-10-25T00:59:00Z', 'Europe/Berlin'), at('2026-10-25T01:00:00Z', 'Europe/Berlin')],
      newYorkSpring: [at('2026-03-08T06:59:00Z', 'America/New_York'), at('2026-03-08T07:00:00Z', 'America/New_York')],
      newYorkAutumn: [at('2026-11-01T05:59:00Z', 'America/New_York'), at('2026-11-01T06:00:00Z', 'America/New_York')],
    };
  },
});
