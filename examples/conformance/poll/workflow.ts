// A poll runs on its interval; words such as `15min` are understood, from inputs too (§3).
import { defineWorkflow, poll } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Poll',
  inputs: { every: { type: 'select', options: ['15min', '1hour'], default: '15min' } },
  trigger: poll({ interval: '{{inputs.every}}' }),
  async execute({ trigger, storage }) {
    const last = await storage.get<number>('last_run');
    await storage.set('last_run', Date.now());
    return { type: trigger.type, data: trigger.data, first: last === null };
  },
});
