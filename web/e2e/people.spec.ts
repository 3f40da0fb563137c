import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { expect, signIn, test } from './fixtures';
import { Mouse } from './hands';
import { ledger, NOTE } from './ledger';
import { agree, colleague, inOtherBrowser, link, newcomer, statusOf, unique } from './newcomers';
import { LOGIN, PASSWORD } from './server.mjs';
import { deploy, OPERATOR } from './world.mjs';

test('members change, keys open and close, domains and the provider are stated, a cap is set', async ({ call, page, world }) => {
  const hand = new Mouse(page);
  const { email, token } = await newcomer(call);
  const grace = await colleague(call, token);
  await signIn(page, email, PASSWORD, '/app/settings/members');
  const dialog = page.getByRole('dialog');
  const members = page.getByRole('table', { name: 'Members of this workspace' });
  const does = async (deed: string) => {
    await hand.click(members.getByRole('button', { name: `What to do with ${grace.email}` }));
    await hand.click(page.getByRole('menuitem', { name: deed }));
  };
  await does('Change role');
  await hand.click(dialog.getByRole('radio', { name: 'Viewer' }));
  await hand.click(dialog.getByRole('button', { name: 'Save' }));
  await expect(members.getByText('Viewer')).toBeVisible();
  await does('Deactivate');
  await agree(page, 'Deactivate');
  await expect(members.getByText('deactivated')).toBeVisible();
  await expect.poll(() => statusOf(world.url, grace.token, '/api/runs')).toBeGreaterThanOrEqual(401);
  await does('Reactivate');
  await expect(members.getByText('deactivated')).toHaveCount(0);
  await does('Remove from the workspace');
  await agree(page, 'Remove from the workspace');
  await expect(members.getByText(grace.email)).toHaveCount(0);
  await expect(page.getByText(`${grace.email} does not belong to the workspace any more.`)).toBeVisible();
  expect((await call(token, 'GET', '/api/v1/workspace/users')).data.length).toBe(1);

  await page.goto('/app/settings/api-keys');
  await hand.click(page.getByRole('button', { name: 'Make a key' }));
  await hand.fill(dialog.getByLabel('Name'), 'Nightly report');
  await hand.click(dialog.getByRole('button', { name: 'Make the key' }));
  await expect(dialog.getByText('Choose at least one scope.')).toBeVisible();
  await hand.click(dialog.getByRole('checkbox', { name: 'Runs' }));
  await hand.click(dialog.getByRole('button', { name: 'Make the key' }));
  const key = await dialog.getByRole('textbox', { name: 'API key' }).inputValue();
  await hand.click(dialog.getByRole('button', { name: 'I have copied it' }));
  await expect(page.getByRole('textbox', { name: 'API key' })).toHaveCount(0);
  expect(await statusOf(world.url, key, '/api/runs')).toBe(200);
  expect(await statusOf(world.url, key, '/api/v1/workspace/users')).toBe(403);
  await hand.click(page.getByRole('button', { name: 'Revoke Nightly report' }));
  await agree(page, 'Revoke');
  await expect(page.getByText('revoked', { exact: true })).toBeVisible();
  expect(await statusOf(world.url, key, '/api/runs')).toBe(401);

  await page.goto('/app/settings/sso');
  const issuer = page.getByRole('textbox', { name: 'Issuer' });
  await hand.fill(page.getByLabel('Name'), 'Company login');
  await hand.fill(issuer, 'https://login.nobody.example');
  await hand.fill(page.getByLabel('Client id'), 'millrace');
  await hand.fill(page.getByLabel('Client secret'), 'secret-of-millrace');
  await hand.click(page.getByRole('button', { name: 'Save provider' }));
  await expect(issuer).toHaveAccessibleDescription(/no identity provider answers there/);
  await hand.fill(issuer, LOGIN);
  await hand.click(page.getByRole('button', { name: 'Save provider' }));
  await expect(page.getByText('The provider answers; people of verified domains can sign in there.')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Redirect address' })).toHaveValue(/\/callback$/);
  expect(await call(token, 'GET', '/api/v1/workspace/sso')).toMatchObject({ name: 'Company login', issuer: LOGIN, has_client_secret: true });
  await hand.click(page.getByLabel('It is a public client: forget the stored secret'));
  await hand.click(page.getByRole('button', { name: 'Save provider' }));
  await expect(page.getByText('Leave it empty for a public client.')).toBeVisible();
  // What was forgotten once is not forgotten again with the next one.
  await hand.fill(page.getByLabel('Client secret'), 'another-secret');
  await hand.click(page.getByRole('button', { name: 'Save provider' }));
  await expect(page.getByLabel('It is a public client: forget the stored secret')).not.toBeChecked();
  const domain = `${unique('acme')}.example`;
  await hand.click(page.getByRole('button', { name: 'Add a domain' }));
  await hand.fill(dialog.getByRole('textbox', { name: 'Domain' }), domain);
  await hand.click(dialog.getByRole('button', { name: 'Add a domain' }));
  const card = page.getByRole('article', { name: domain });
  await expect(card.getByText('not verified')).toBeVisible();
  await expect(card.getByRole('textbox', { name: 'Its text' })).not.toHaveValue('');
  await hand.click(card.getByRole('button', { name: `Remove ${domain}` }));
  await agree(page, 'Remove');
  await expect(card).toHaveCount(0);
  await hand.click(page.getByRole('button', { name: 'Remove provider' }));
  await agree(page, 'Remove provider');
  await expect(page.getByText('No provider yet.')).toBeVisible();
  await expect(issuer).toHaveValue('');

  await page.goto('/app/settings/billing');
  await hand.fill(page.getByLabel(/^Stop at, each month/), '25.50');
  await hand.choose(page.getByRole('combobox', { name: 'When it is reached' }), 'Only tell the owners');
  await hand.click(page.getByRole('button', { name: 'Set cap' }));
  await expect(page.getByText(/ of (US)?\$25\.50/)).toBeVisible();
  expect(await call(token, 'GET', '/api/v1/workspace/spend-cap')).toMatchObject({ cap_cents: 2550, action: 'warn' });
  await hand.click(page.getByRole('button', { name: 'Remove cap' }));
  await agree(page, 'Remove cap');
  await expect(page.getByText('No cap: nothing stops.')).toBeVisible();
  const { tenant_id: tenant } = await call(token, 'GET', '/api/v1/users/me');
  await call(OPERATOR, 'PUT', `/api/admin/tenants/${tenant}/quotas`, { concurrent_runs: 7 });
  await page.reload();
  await expect(page.getByText('0 of 7')).toBeVisible();
});

/** The code that an authenticator app shows, so many steps of 30 seconds from now. */
function code(secret: string, later = 0): string {
  const bits = [...secret.replaceAll(/[\s=]/g, '').toUpperCase()].map((sign) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(sign).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(Array.from({ length: Math.floor(bits.length / 8) }, (_, at) => parseInt(bits.slice(8 * at, 8 * at + 8), 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const hash = createHmac('sha1', key).update(step).digest();
  return String((hash.readUInt32BE(hash[19]! & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

test('an account: name, password, second factor, sessions, end', async ({ browser, call, page, world }) => {
  const hand = new Mouse(page);
  const owner = await newcomer(call);
  const { email } = await colleague(call, owner.token);
  await signIn(page, email, PASSWORD, '/app/account/profile');
  await hand.fill(page.getByLabel('Name', { exact: true }), 'Grace Hopper');
  await hand.click(page.getByRole('button', { name: 'Save' }));
  await expect(page.getByRole('button', { name: 'Account menu for Grace Hopper' })).toBeVisible();

  await hand.click(page.getByRole('button', { name: 'Account menu for Grace Hopper' }));
  await hand.click(page.getByRole('menuitem', { name: 'Sign out' }));
  await page.waitForURL('**/app/sign-in**');
  await hand.click(page.getByRole('link', { name: 'Forgot password?' }));
  await hand.fill(page.getByLabel('E-mail'), email);
  await hand.click(page.getByRole('button', { name: 'Send the link' }));
  await expect(page.getByRole('heading', { name: 'Look into your mail' })).toBeVisible();
  await expect.poll(async () => link(call, email)).toContain('/app/reset-password');
  await page.goto(await link(call, email));
  await hand.fill(page.getByLabel('New password'), 'a slate harbour under five lamps');
  await hand.click(page.getByRole('button', { name: 'Change password' }));
  await expect(page.getByRole('heading', { name: 'Your password is changed' })).toBeVisible();
  await expect(call(undefined, 'POST', '/api/v1/auth/login', { email, password: PASSWORD })).rejects.toThrow('401');
  const password = 'a slate harbour under five lamps';

  await signIn(page, email, password, '/app/account/security');
  await hand.click(page.getByRole('button', { name: 'Add an app' }));
  const dialog = page.getByRole('dialog');
  await hand.fill(dialog.getByLabel('Name'), 'My phone');
  await hand.fill(dialog.getByLabel('Your password'), PASSWORD);
  await hand.click(dialog.getByRole('button', { name: 'Continue' }));
  await expect(dialog.getByText(/wrong|not/i).first()).toBeVisible();
  await hand.fill(dialog.getByLabel('Your password'), password);
  await hand.click(dialog.getByRole('button', { name: 'Continue' }));
  await expect(dialog.getByRole('img', { name: 'QR code for the authenticator app' })).toBeVisible();
  const secret = await dialog.getByRole('textbox', { name: 'Or type in this key' }).inputValue();
  await hand.fill(dialog.getByLabel('Code that the app shows now'), code(secret));
  await hand.click(dialog.getByRole('button', { name: 'Confirm' }));
  await expect(dialog.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')).toHaveCount(10);
  const download = page.waitForEvent('download');
  await hand.click(dialog.getByRole('button', { name: 'Download' }));
  const codes = readFileSync(await (await download).path(), 'utf8');
  expect(codes).toContain(email);
  await hand.click(dialog.getByRole('button', { name: 'I have kept them' }));
  await expect(page.getByRole('list', { name: 'Authenticator apps' }).getByText('My phone')).toBeVisible();
  await expect(page.getByText('10 left')).toBeVisible();

  await inOtherBrowser(browser, world.url, async (other) => {
    const otherHand = new Mouse(other);
    await other.goto('/app/sign-in?to=%2Fapp%2Faccount%2Fsessions');
    await otherHand.fill(other.getByLabel('E-mail'), email);
    await otherHand.fill(other.getByLabel('Password', { exact: true }), password);
    await otherHand.click(other.getByRole('button', { name: 'Sign in', exact: true }));
    await expect(other.getByRole('heading', { name: 'One more step' })).toBeVisible();
    // The code of now was shown already; one step around now is good. A whole code needs no button.
    await otherHand.fill(other.getByLabel('Code'), code(secret, 1));
    await other.waitForURL('**/app/account/sessions');
    await expect(other.getByRole('row', { name: /a password and a code This device/ })).toBeVisible();
    await expect(other.getByRole('table').getByRole('row')).toHaveCount(3);

    // This browser signs that one out.
    await page.goto('/app/account/sessions');
    await expect(page.getByRole('table').getByRole('row')).toHaveCount(3);
    await hand.click(page.getByRole('button', { name: 'Sign out Chrome on Linux' }));
    await expect(page.getByRole('table').getByRole('row')).toHaveCount(2);
    await other.reload();
    await other.waitForURL('**/app/sign-in**');
  });

  await page.goto('/app/account/profile');
  await hand.click(page.getByRole('button', { name: 'Erase my account' }));
  await expect(dialog.getByRole('button', { name: 'Erase my account' })).toBeDisabled();
  await hand.fill(dialog.getByLabel('Your e-mail address'), email);
  await hand.fill(dialog.getByLabel('Your password'), password);
  await hand.click(dialog.getByRole('button', { name: 'Erase my account' }));
  await page.waitForURL('**/app/sign-in**');
  await expect(page.getByText('Your account is erased.')).toBeVisible();
  await expect(call(undefined, 'POST', '/api/v1/auth/login', { email, password })).rejects.toThrow('401');
  expect((await call(owner.token, 'GET', '/api/v1/workspace/users')).data.length).toBe(1);
});

test('the palette finds pages and things, and keys lead on', async ({ call, page }) => {
  const { email, token } = await newcomer(call);
  const flow = await deploy(call, token, ledger(unique('ledger'), '1.0.0', NOTE));
  const made = await call(token, 'POST', '/api/installations', { workflow: flow.workflow_id, name: 'Books of the year' });
  await signIn(page, email, PASSWORD);
  const palette = page.getByRole('combobox', { name: 'Search and commands' });
  const find = async (text: string, option: string | RegExp) => {
    await page.keyboard.press('ControlOrMeta+k');
    await expect(palette).toBeFocused();
    await page.keyboard.insertText(text);
    await expect(page.getByRole('option', { name: option }).first()).toHaveAttribute('aria-selected', 'true');
    await page.keyboard.press('Enter');
    await expect(palette).toHaveCount(0);
  };
  await expect(page.getByRole('button', { name: 'Search or jump to…' })).toBeVisible();
  await find('audit', 'Audit log');
  await page.waitForURL('**/app/settings/audit');
  await find('of the year', /^Books of the year/);
  await expect(page.getByRole('heading', { level: 1, name: 'Books of the year' })).toBeVisible();
  await page.goto('/app');
  await expect(page.getByRole('button', { name: 'Search or jump to…' })).toBeVisible();
  await find(made.id, `Installation ${made.id}`);
  await page.waitForURL(`**/app/installations/${made.id}`);
  await page.keyboard.press('ControlOrMeta+k');
  await page.keyboard.insertText('nothing of this name');
  await expect(page.getByRole('heading', { name: 'Nothing is called like that' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(palette).toHaveCount(0);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.waitForURL('**/app/runs');
  await find('dark', 'Dark colours');
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
  await find('sign out', 'Sign out');
  await page.waitForURL('**/app/sign-in**');
});
