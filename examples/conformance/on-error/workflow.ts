// `onError` is called once when `execute` throws, in both forms of the wild, and its own failure changes nothing (§6.4).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'onError',
  inputs: { team: { type: 'text', default: 'core' } },
  trigger: manual(),
  async execute({ trigger, storage }) {
    await storage.set('attempts', ((await storage.get<number>('attempts')) ?? 0) + 1);
    if (trigger.data.refuse) return { success: false, error: 'refused' };
    throw new RangeError(`broken: ${trigger.data.what}`);
  },
  async onError(error: any, context: any) {
    const calls = (await error.storage.get('onError')) ?? 0;
    await error.storage.set('onError', calls + 1);
    await error.storage.set('seen', {
      isError: error instanceof Error,
      message: error.message,
      oneObject: error.error.message,
      twoArguments: [context.inputs.team, error.inputs.team, context.runId === error.runId],
      trigger: error.trigger.data.what,
    });
    if (error.trigger.data.what === 'both') throw new Error('the notice failed as well');
  },
});
