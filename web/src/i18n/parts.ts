import type { en } from './en';

export type Part = keyof typeof en;

/** Said on every page. */
export const first = ['common', 'nav'] as const satisfies readonly Part[];

/** Which parts the pages below an address say, the frame's aside. `parts.test.ts` holds it against the pages. */
const spoken: ReadonlyArray<[RegExp, readonly Part[]]> = [
  [/^\/app\/?$/, ['home']],
  [/^\/app\/(sign-in|sign-up|verify-email|forgot-password|reset-password|accept-invitation|pick-workspace|create-workspace|device)/, ['auth']],
  [/^\/app\/account/, ['account', 'auth']],
  [/^\/app\/system/, ['system']],
  [/^\/app\/analytics/, ['analytics']],
  [/^\/app\/approvals/, ['approvals']],
  [/^\/app\/connections/, ['connections']],
  [/^\/app\/developer/, ['developer']],
  [/^\/app\/developer\/deploy/, ['deploy']],
  [/^\/app\/developer\/workflows/, ['analytics', 'deploy']],
  [/^\/app\/installations/, ['installation', 'setup']],
  [/^\/app\/runs/, ['runs']],
  [/^\/app\/(settings|billing)/, ['settings']],
  [/^\/app\/(workflows|redeem)/, ['workflows']],
  [/^\/workflows/, ['workflows', 'setup']],
];

/** What has to be there before a page of this address is drawn. */
export function partsOf(path: string): readonly Part[] {
  return [...new Set(spoken.filter(([where]) => where.test(path)).flatMap(([, parts]) => parts))];
}
