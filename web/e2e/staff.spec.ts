import { expect, signIn, test } from './fixtures';
import { Mouse } from './hands';
import { ledger, NOTE } from './ledger';
import { agree, inOtherBrowser, statusOf } from './newcomers';
import { client, PASSWORD, startServer } from './server.mjs';
import { deploy, OPERATOR, person } from './world.mjs';

test('staff look after the installation', async ({ browser }) => {
  const server = await startServer({ env: { MILLRACE_AUTH_EMAIL_VERIFICATION: 'off', MILLRACE_OPERATOR_TOKEN: OPERATOR, MILLRACE_MARKETPLACE_REVIEW: '1' } });
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  const hand = new Mouse(page);
  const call = client(server.url);
  try {
    await person(call, 'staff@host.example', 'Host');
    await call(OPERATOR, 'PUT', '/api/admin/staff', { email: 'staff@host.example', roles: ['admin'] });
    const ada = await person(call, 'ada@acme.example', 'Acme');
    const flows: string[] = [];
    for (const id of ['ledger-one', 'ledger-two']) {
      flows.push((await deploy(call, ada, ledger(id, '1.0.0', NOTE).replace("'private' as const", "'public' as const").replace('Nightly ledger', id))).workflow_id);
    }
    await signIn(page, 'staff@host.example', PASSWORD, '/app/system');
    const tab = (name: string) => hand.click(page.getByRole('tab', { name, exact: true }));
    const dialog = page.getByRole('dialog');
    const nodes = page.getByRole('table', { name: 'Nodes' }).getByRole('row');
    await expect(nodes).toHaveCount(2);
    await expect(nodes.getByText('answers')).toBeVisible();
    const system = await call(OPERATOR, 'GET', '/api/v1/admin/system');
    await expect(nodes.getByText(system.nodes[0].id)).toBeVisible();
    await expect(page.getByText('Waiting for a free place')).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Isolation of workflow code' })).toBeVisible();

    await tab('Workspaces');
    const workspaces = page.getByRole('table', { name: 'Workspaces of this installation' });
    await expect(workspaces.getByText('Host', { exact: true })).toBeVisible();
    await hand.fill(page.getByLabel('Short name'), 'acme');
    await expect(workspaces.getByRole('row')).toHaveCount(2);
    const does = async (deed: string, reason: string) => {
      await hand.click(workspaces.getByRole('button', { name: 'What to do with Acme' }));
      await hand.click(page.getByRole('menuitem', { name: deed }));
      await hand.fill(dialog.getByLabel('Reason'), reason);
      await hand.click(dialog.getByRole('button', { name: deed }));
      await expect(dialog).toHaveCount(0);
    };
    await does('Suspend', 'Ticket 18: an invoice is disputed');
    await expect(workspaces.getByText('suspended')).toBeVisible();
    await expect.poll(() => statusOf(server.url, ada, '/api/runs')).toBeGreaterThanOrEqual(401);
    await does('Reactivate', 'Ticket 18: the invoice is paid');
    await expect(workspaces.getByText('active')).toBeVisible();
    await expect.poll(() => statusOf(server.url, ada, '/api/runs')).toBe(200);
    // Later than that: a suspension ends it.
    await does('Ask for support access', 'Ticket 17: the ledger stands still');

    await tab('People');
    await hand.fill(page.getByLabel('E-mail address'), 'ada@acme.example');
    await hand.click(page.getByRole('button', { name: 'Find' }));
    for (const [deed, state] of [['Suspend', 'suspended'], ['Reactivate', 'active']] as const) {
      await hand.click(page.getByRole('button', { name: deed }));
      await hand.fill(dialog.getByLabel('Reason'), 'Ticket 19: a device was lost');
      await hand.click(dialog.getByRole('button', { name: deed }));
      await expect(page.getByText(state, { exact: true })).toBeVisible();
    }

    await tab('Review');
    await expect(page.getByRole('table').getByRole('row')).toHaveCount(3);
    await hand.click(page.getByRole('button', { name: 'Reject ledger-one 1.0.0' }));
    await hand.fill(dialog.getByLabel('Reason for its developer'), 'It says nothing of what it keeps.');
    await hand.click(dialog.getByRole('button', { name: 'Reject' }));
    await expect(page.getByRole('table').getByRole('row')).toHaveCount(2);
    await hand.click(page.getByRole('button', { name: 'Approve and publish ledger-two 1.0.0' }));
    await expect(page.getByRole('heading', { name: 'Nothing waits' })).toBeVisible();
    await expect(call(ada, 'GET', '/api/runs')).rejects.toThrow('401');

    await tab('My support access');
    await expect(page.getByText('Ticket 17: the ledger stands still')).toBeVisible();
    await inOtherBrowser(browser, server.url, async (other) => {
      // Ada reads why, and ends it.
      await signIn(other, 'ada@acme.example', PASSWORD, '/app/settings/workspace');
      await expect(other.getByText('Ticket 17: the ledger stands still')).toBeVisible();
      await new Mouse(other).click(other.getByRole('button', { name: 'End the support access of staff@host.example' }));
      await agree(other, 'End it');
      await expect(other.getByText('ended', { exact: true })).toBeVisible();
      await other.goto(`/app/developer/workflows/${flows[0]}`);
      await expect(other.getByText('It says nothing of what it keeps.')).toBeVisible();
      await other.goto(`/app/developer/workflows/${flows[1]}`);
      await expect(other.getByText('Published. New installations get version 1.0.0.')).toBeVisible();
    });
    await page.reload();
    await expect(page.getByText('ended', { exact: true })).toBeVisible();
  } finally {
    await context.close();
    await server.stop();
  }
});
