// Imports are written with `.js` and mean the `.ts` beside, above and in a sibling folder (§1).
import { defineWorkflow, manual } from '@millrace/sdk';
import { LABELS } from '../other-workflow/labels.js';
import { remind, type Reminder } from './utils.js';

export default defineWorkflow({
  name: 'Imports',
  trigger: manual(),
  async execute({ trigger }) {
    const reminder = trigger.data as Reminder;
    return { text: remind(reminder), label: LABELS.bug };
  },
});

export const metadata = { id: 'js-imports' };
