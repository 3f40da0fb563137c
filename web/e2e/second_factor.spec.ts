import type { Page } from '@playwright/test';

import { expect, signIn, test } from './fixtures';
import { Keyboard, Mouse, type Hand } from './hands';
import { PASSWORD } from './server.mjs';
import { totp } from './totp.mjs';
import { person } from './world.mjs';

/** A name nobody else has: stories are played twice, on one server. */
const unique = (name: string) => `${name}-${Math.random().toString(36).slice(2, 8)}`;

for (const way of ['mouse', 'keyboard'] as const) {
  const handOf = (page: Page): Hand => (way === 'mouse' ? new Mouse(page) : new Keyboard(page));

  test(`a workspace that asks for a second factor opens to who adds one, and to another session that shows it, by ${way}`, async ({ browser, call, page, world }) => {
    const hand = handOf(page);
    const slug = unique('vault');
    const email = `${slug}@client.example`;
    const token = await person(call, email, slug);
    const before = await browser.newContext({ baseURL: world.url });
    const other = await before.newPage();
    await signIn(other, email, PASSWORD);
    await call(token, 'PATCH', '/api/v1/workspace', { require_second_factor: true });

    await page.goto(`/app/sign-in?to=${encodeURIComponent('/app/runs?status=failed')}`);
    await hand.fill(page.getByLabel('E-mail'), email);
    await hand.fill(page.getByLabel('Password', { exact: true }), PASSWORD);
    await hand.click(page.getByRole('button', { name: 'Sign in', exact: true }));
    await page.waitForURL('**/app/account/security?**');
    await expect(page.getByText('You have none yet.')).toBeVisible();
    await hand.click(page.getByRole('button', { name: 'Add an app' }));
    const dialog = page.getByRole('dialog');
    await hand.fill(dialog.getByLabel('Your password'), PASSWORD);
    await hand.click(dialog.getByRole('button', { name: 'Continue' }));
    const secret = await dialog.getByRole('textbox', { name: 'Or type in this key' }).inputValue();
    await hand.fill(dialog.getByLabel('Code that the app shows now'), totp(secret));
    await hand.click(dialog.getByRole('button', { name: 'Confirm' }));
    await hand.click(dialog.getByRole('button', { name: 'I have kept them' }));
    await page.waitForURL((url) => url.pathname === '/app/runs' && url.search.includes('failed'));
    await expect(page.getByRole('heading', { level: 1, name: 'Runs' })).toBeVisible();

    const otherHand = handOf(other);
    await other.goto('/app/connections');
    await other.waitForURL('**/app/account/security?**');
    await expect(other.getByText('Show yours below')).toBeVisible();
    await otherHand.click(other.getByRole('button', { name: 'Confirm', exact: true }));
    // A code counts once: this is the next one, which the server takes a step early.
    const asked = other.getByRole('dialog');
    await otherHand.fill(asked.getByLabel('Code of your app, or a recovery code'), totp(secret, 1));
    await otherHand.click(asked.getByRole('button', { name: 'Confirm' }));
    await other.waitForURL('**/app/connections');
    await before.close();
  });
}
