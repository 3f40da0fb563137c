import { expect, signIn, test } from './fixtures';
import { Mouse } from './hands';
import { ledger, NOTE } from './ledger';
import { agree, link, newcomer, unique } from './newcomers';
import { PASSWORD } from './server.mjs';
import { deploy, rested, workflows } from './world.mjs';

test('a workspace is renamed, invites, is left and deleted', async ({ call, page }) => {
  const hand = new Mouse(page);
  const { email, token, slug } = await newcomer(call);
  await signIn(page, email, PASSWORD, '/app/settings/workspace');
  const main = page.getByRole('main');
  await hand.fill(main.getByRole('textbox', { name: 'Name', exact: true }), 'Harbour Works');
  await hand.fill(main.getByLabel('Days for which the audit log is kept'), '90');
  await hand.click(main.getByRole('button', { name: 'Save' }));
  await expect(page.getByRole('button', { name: 'Switch workspace: Harbour Works' })).toBeVisible();
  await expect(main.getByRole('button', { name: 'Save' })).toBeDisabled();
  expect(await call(token, 'GET', '/api/v1/workspace')).toMatchObject({ workspace_name: 'Harbour Works', workspace_slug: slug, audit_retention_days: 90 });
  await hand.fill(main.getByLabel('Days for which the audit log is kept'), '');
  await hand.click(main.getByRole('button', { name: 'Save' }));
  await expect.poll(async () => (await call(token, 'GET', '/api/v1/workspace')).audit_retention_days ?? null).toBeNull();

  const guest = `${unique('guest')}@client.example`;
  await call(token, 'POST', '/api/v1/workspace/users/invite', { email: guest, role: 'viewer' });
  const first = await link(call, guest);
  await page.goto('/app/settings/members');
  await hand.click(page.getByRole('button', { name: `Send the invitation to ${guest} again` }));
  await expect(page.getByText(`A new link is on its way to ${guest}`)).toBeVisible();
  await expect.poll(() => link(call, guest)).not.toBe(first);
  const invitations = page.getByRole('table', { name: 'Invitations of this workspace' });
  await hand.click(page.getByRole('button', { name: `Take the invitation of ${guest} back` }));
  await agree(page, 'Take back');
  await expect(page.getByRole('heading', { name: 'Nobody is invited' })).toBeVisible();
  await hand.click(page.getByLabel('Show accepted and ended ones'));
  await expect(invitations.getByText('revoked')).toBeVisible();

  await page.goto('/app/settings/mails');
  await hand.fill(page.getByLabel('To this address'), guest);
  await expect(page.getByRole('table').getByRole('row')).toHaveCount(3);

  // A second one, to be left; the first one is deleted, and nothing is left.
  await call(token, 'POST', '/api/v1/workspaces', { workspace_name: 'Second', workspace_slug: unique('second') });
  await page.goto('/app/settings/workspace');
  await hand.click(page.getByRole('button', { name: 'Leave this workspace' }));
  await agree(page, 'Leave this workspace');
  await expect(page.getByRole('alert').filter({ hasText: /owner/i })).toBeVisible();
  await hand.click(page.getByRole('button', { name: 'Delete this workspace' }));
  await agree(page, 'Delete this workspace', slug);
  await expect(page.getByRole('button', { name: 'Switch workspace: Second' })).toBeVisible();
  await expect(page.getByRole('heading', { level: 1, name: 'Home' })).toBeVisible();
  await page.goto('/app/settings/workspace');
  const second = await page.getByRole('textbox', { name: 'Short name' }).inputValue();
  await hand.click(page.getByRole('button', { name: 'Delete this workspace' }));
  await agree(page, 'Delete this workspace', second);
  await page.waitForURL('**/app/create-workspace');
  await hand.fill(page.getByLabel('Name', { exact: true }), 'Third');
  await hand.click(page.getByRole('button', { name: 'Create workspace' }));
  await expect(page.getByRole('button', { name: 'Switch workspace: Third' })).toBeVisible();
});

test('requests are decided, accounts connected and deleted, versions restored and deprecated', async ({ call, page }) => {
  const hand = new Mouse(page);
  const { email, token } = await newcomer(call);
  const desk = await deploy(call, token, workflows.approval.replace('refund-desk', unique('desk')));
  const refunds = await call(token, 'POST', '/api/installations', { workflow: desk.workflow_id, name: 'Refunds', activate: true, config: { limit: 500 } });
  const runs: string[] = [];
  for (const order of ['o-1', 'o-2']) {
    runs.push((await call(token, 'POST', `/api/installations/${refunds.id}/run`, { data: { order, amount: 730 } })).run_id);
    expect((await rested(call, token, runs.at(-1)!)).status).toBe('waiting');
  }
  await signIn(page, email, PASSWORD, '/app/approvals');
  const dialog = page.getByRole('dialog');
  for (const [order, deed] of [['o-1', 'Approve'], ['o-2', 'Reject']] as const) {
    await hand.click(page.getByText(`Refund 730 € for ${order}?`).first());
    await hand.click(page.getByRole('button', { name: deed, exact: true }));
    await hand.fill(dialog.getByLabel('Comment'), `Seen: ${order}`);
    await hand.click(dialog.getByRole('button', { name: deed, exact: true }));
    await expect(dialog).toHaveCount(0);
  }
  await expect(page.getByRole('heading', { name: 'Nothing waits for you' })).toBeVisible();
  const outputs = async () => Promise.all(runs.map(async (run) => (await rested(call, token, run)).output));
  await expect.poll(outputs).toEqual([{ refunded: 730 }, { refunded: 0 }]);
  await hand.click(page.getByText('Rejected', { exact: true }));
  await expect(page.getByText('Seen: o-2')).toBeVisible();

  await page.goto('/app/connections');
  await hand.click(page.getByRole('button', { name: 'New connection' }));
  await hand.fill(dialog.getByLabel('Service'), 'noti');
  await hand.click(page.getByRole('option', { name: 'Notion' }));
  await hand.click(dialog.getByRole('radio', { name: 'Internal integration token' }));
  await hand.click(dialog.getByRole('button', { name: 'Connect', exact: true }));
  await expect(dialog.getByText('This is needed.')).toBeVisible();
  await hand.fill(dialog.getByLabel(/^Integration token/), 'ntn_of_the_harbour');
  await hand.fill(dialog.getByLabel('Name', { exact: true }), 'Harbour notes');
  await hand.click(dialog.getByRole('button', { name: 'Connect', exact: true }));
  await expect(page.getByRole('link', { name: 'Harbour notes' })).toBeVisible();
  await expect(page.getByText('ntn_of_the_harbour')).toHaveCount(0);
  await hand.click(page.getByRole('link', { name: 'Harbour notes' }));
  await hand.click(dialog.getByRole('button', { name: 'Delete the connection' }));
  await hand.click(page.getByRole('dialog', { name: /^Delete the connection/ }).getByRole('button', { name: 'Delete the connection' }));
  await expect(page.getByRole('heading', { name: 'No account is connected yet' })).toBeVisible();
  await expect(dialog).toHaveCount(0);

  const id = unique('ledger');
  const flow = await deploy(call, token, ledger(id, '1.0.0', NOTE));
  const path = `/api/developer/workflows/${flow.workflow_id}/versions`;
  await call(token, 'POST', `${path}/1.0.0/publish`, {});
  await call(token, 'POST', path, { files: { 'workflow.ts': ledger(id, '1.1.0', NOTE) } });
  await page.goto(`/app/developer/workflows/${flow.workflow_id}?tab=versions`);
  const versions = page.getByRole('table', { name: 'Versions' });
  await hand.click(versions.getByRole('button', { name: 'What to do with 1.0.0' }));
  await hand.click(page.getByRole('menuitem', { name: 'Restore as a new draft…' }));
  await agree(page, 'Restore as a new draft');
  await expect(versions.getByText('Content of v1')).toBeVisible();
  await hand.click(versions.getByRole('button', { name: 'What to do with 1.0.0' }));
  await hand.click(page.getByRole('menuitem', { name: 'Deprecate…' }));
  await hand.fill(dialog.getByLabel('Reason'), 'It counts in floats');
  await hand.click(dialog.getByRole('button', { name: 'Deprecate' }));
  await expect(versions.getByText('Deprecated')).toBeVisible();
  await hand.click(versions.getByRole('button', { name: 'What to do with 1.1.0' }));
  await hand.click(page.getByRole('menuitem', { name: 'Publish…' }));
  await hand.click(dialog.getByRole('button', { name: 'Publish' }));
  await expect(versions.getByText('Current')).toBeVisible();
});
