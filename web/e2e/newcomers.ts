import type { Browser, Page } from '@playwright/test';

import { client, mailTo, PASSWORD } from './server.mjs';
import { OPERATOR, person } from './world.mjs';

type Call = ReturnType<typeof client>;

/** A name nobody else has: stories share one server. */
export const unique = (name: string) => `${name}-${Math.random().toString(36).slice(2, 8)}`;

/** Somebody new with a workspace of their own. */
export async function newcomer(call: Call) {
  const slug = unique('team');
  const email = `${slug}@client.example`;
  return { email, slug, token: await person(call, email, slug) };
}

/** The link that the newest mail to somebody brings. */
export async function link(call: Call, address: string): Promise<string> {
  const mail = await mailTo(call, OPERATOR, address);
  const found = /https?:\/\/\S+\/app\/\S+/.exec(mail.text);
  if (!found) throw new Error(`no link in: ${mail.text}`);
  return found[0];
}

/** Somebody who joined by an invitation, and has no other workspace. */
export async function colleague(call: Call, owner: string, role = 'member') {
  const email = `${unique('grace')}@client.example`;
  await call(owner, 'POST', '/api/v1/workspace/users/invite', { email, role });
  const token = new URL(await link(call, email)).searchParams.get('token');
  const joined = await call(undefined, 'POST', '/api/v1/auth/accept-invitation', { token, password: PASSWORD });
  return { email, token: joined.access_token as string };
}

export async function inOtherBrowser(browser: Browser, url: string, work: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ baseURL: url });
  await work(await context.newPage());
  await context.close();
}

/** The status with which the API answers somebody. */
export async function statusOf(url: string, token: string, path = '/api/v1/users/me'): Promise<number> {
  return (await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })).status;
}

/** Says yes to the question that a page asks before it does something. */
export async function agree(page: Page, deed: string, word?: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  if (word !== undefined) await dialog.getByLabel(`Type ${word} to confirm`).fill(word);
  await dialog.getByRole('button', { name: deed, exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}
