// The sandbox's local zone is UTC, whatever the installation's or the machine's is (§8).
import { defineWorkflow, getUserTimezone, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Local zone',
  trigger: manual(),
  async execute() {
    const date = new Date(2026, 6, 1, 12, 0, 0);
    return {
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      helper: getUserTimezone(),
      offset: date.getTimezoneOffset(),
      iso: date.toISOString(),
      hour: new Date('2026-07-01T23:30:00-05:00').getHours(),
      now: new Date().toISOString(),
    };
  },
});
