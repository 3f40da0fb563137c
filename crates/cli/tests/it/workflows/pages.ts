// Works page by page, each with a journal of its own.
import { continueWith, defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Pages',
  version: '1.0.0',
  integrations: [],
  trigger: manual(),
  async execute({ trigger, state, storage }: any) {
    const page = state?.page ?? 0;
    await storage.set(`page:${page}`, Math.random());
    console.log('page', page, new Date().toISOString());
    if (page < 2) return continueWith({ page: page + 1, last: trigger.data.last ?? state?.last, text: 'x'.repeat(20_000 * (page + 1)) });
    return { pages: await storage.keys(), last: state.last };
  },
});
