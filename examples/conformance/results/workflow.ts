// A run fails when it throws or returns `success: false`; everything else has succeeded (§6.1).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Results',
  trigger: manual(),
  async execute({ trigger }): Promise<any> {
    switch (trigger.data.kind) {
      case 'plain':
        return { count: 3, nothing: undefined };
      case 'refused':
        return { success: false, error: 'the ledger is closed' };
      case 'skipped':
        return { success: true, skipped: true, reason: 'already done' };
      case 'thrown':
        throw Object.assign(new TypeError('no such ledger'), { code: 'LEDGER_GONE' });
      case 'text':
        return 'done';
      default:
        return undefined;
    }
  },
});
