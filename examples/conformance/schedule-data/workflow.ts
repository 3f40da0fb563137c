// A scheduled run has `data` `{}`, never undefined; `cron` and `schedule` are one function (§3, §16 row 8).
import { defineWorkflow, schedule } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Schedule data',
  trigger: schedule({ cron: '0 9 * * 1-5', timezone: 'Europe/Berlin' }),
  async execute({ trigger }) {
    return { type: trigger.type, data: trigger.data, keys: Object.keys(trigger.payload), missing: trigger.data.anything === undefined, at: new Date(trigger.timestamp).toISOString() };
  },
});
