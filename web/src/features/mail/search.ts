import type { Schema } from '../../api/types';

export interface MailSearch {
  state?: Schema<'MailState'>;
  to?: string;
  /** The mail that is open. */
  mail?: string;
}

export const states = ['queued', 'sent', 'failed'] as const;

/** What of an address is a filter. */
export function readMailSearch(search: Record<string, unknown>): MailSearch {
  const state = states.find((each) => each === search.state);
  return { ...(state && { state }), ...(typeof search.to === 'string' && search.to && { to: search.to }), ...(typeof search.mail === 'string' && { mail: search.mail }) };
}
