import { expect, signIn, test } from './fixtures';
import { PASSWORD } from './server.mjs';
import { person } from './world.mjs';

test('what one tab does to the session, the others follow', async ({ context, page, call }) => {
  const name = `tabs-${Date.now().toString(36)}`;
  const token = await person(call, `${name}@tabs.example`, name, 'Tab');
  await signIn(page, `${name}@tabs.example`, PASSWORD);
  await call(token, 'POST', '/api/v1/workspaces', { workspace_name: 'Second Workspace', workspace_slug: `${name}-second` });
  const here = page.getByRole('button', { name: /^Switch workspace/ });
  await expect(here).toContainText(name);
  await page.goto('/app/settings/api-keys');
  const other = await context.newPage();
  await other.goto('/app');

  // A key made in the first tab would be one of the second workspace from now on.
  await other.getByRole('button', { name: /^Switch workspace/ }).click();
  await other.getByRole('menuitem', { name: /Second Workspace/ }).click();
  await expect(other.getByRole('button', { name: /^Switch workspace/ })).toContainText('Second Workspace');
  await page.waitForURL('**/app');
  await expect(here).toContainText('Second Workspace');

  await other.getByRole('button', { name: 'Account menu for Tab' }).click();
  await other.getByRole('menuitem', { name: 'Sign out' }).click();
  await other.waitForURL('**/app/sign-in**');
  await page.waitForURL('**/app/sign-in**');
});
