// A time input has `.hour` and `.minute` in cron templates, and the zone may be a template too (§3).
import { cron, defineWorkflow } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Time in cron',
  inputs: {
    sendTime: { type: 'time', default: '07:30' },
    zone: { type: 'timezone', default: 'UTC' },
  },
  trigger: cron({ schedule: '{{inputs.sendTime.minute}} {{inputs.sendTime.hour}} * * *', timezone: '{{inputs.zone}}' }),
  async execute({ trigger, inputs }) {
    return { at: new Date(trigger.timestamp).toISOString(), sendTime: inputs.sendTime };
  },
});
