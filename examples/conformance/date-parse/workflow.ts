// The forms of dates that services send (§8): ISO, a plain day (UTC), local time without a zone (UTC), RFC 2822.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Date.parse',
  trigger: manual(),
  async execute() {
    const read = (text: string) => {
      const ms = Date.parse(text);
      return Number.isNaN(ms) ? 'invalid' : new Date(ms).toISOString();
    };
    return {
      iso: read('2026-02-03T04:05:06.789Z'),
      offset: read('2026-02-03T04:05:06+02:00'),
      day: read('2026-02-03'),
      local: read('2026-02-03T04:05'),
      rfc2822: read('Tue, 03 Feb 2026 04:05:06 +0100'),
      gmt: read('Tue, 03 Feb 2026 04:05:06 GMT'),
      nonsense: read('the day after tomorrow'),
    };
  },
});
