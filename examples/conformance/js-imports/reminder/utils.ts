import { shout } from '../_shared/text.js';

export interface Reminder {
  text: string;
}

export const remind = (reminder: Reminder): string => shout(reminder.text);
