import type { BrowserContext, Page } from '@playwright/test';
import { readFileSync } from 'node:fs';

import { expect, signIn, test } from './fixtures';
import { Keyboard, Mouse, type Hand } from './hands';
import { inOtherBrowser, link, newcomer, unique } from './newcomers';
import { freePort, google } from './oauth.mjs';
import { client, PASSWORD, services, startServer, zoomEnded, ZOOM_SECRET } from './server.mjs';
import { deploy, OPERATOR, person, rested, workflows } from './world.mjs';

const mailbox = readFileSync(new URL('./workflows/mailbox.ts', import.meta.url), 'utf8');

for (const way of ['mouse', 'keyboard'] as const) {
  const handOf = (page: Page): Hand => (way === 'mouse' ? new Mouse(page) : new Keyboard(page));

  test.describe(`by ${way}`, () => {
    test('sign up, install the sample, set it up, receive a webhook, look at the run', async ({ browser }) => {
      const outside = await services();
      const server = await startServer({ egress: outside.map, env: { MILLRACE_OPERATOR_TOKEN: OPERATOR } });
      const call = client(server.url);
      const context = await browser.newContext({ baseURL: server.url });
      const page = await context.newPage();
      const hand = handOf(page);
      try {
        // The sample is somebody's public workflow.
        const maker = await verified(call, 'maker@studio.example', 'Studio');
        const sample = await deploy(call, maker, workflows.acme.replace("visibility: 'private'", "visibility: 'public'"));
        await call(maker, 'POST', `/api/developer/workflows/${sample.workflow_id}/publish`, {});

        await page.goto('/');
        await hand.click(page.getByRole('link', { name: 'Create an account' }));
        await hand.fill(page.getByLabel('E-mail'), 'ann@client.example');
        await hand.fill(page.getByLabel('Password', { exact: true }), PASSWORD);
        await hand.click(page.getByRole('button', { name: 'Create account' }));
        await expect(page.getByRole('heading', { name: 'Look into your mail' })).toBeVisible();
        await page.goto(await link(call, 'ann@client.example'));
        await expect(page.getByRole('heading', { name: 'Your address is verified' })).toBeVisible();

        await page.goto('/app/sign-in');
        await hand.fill(page.getByLabel('E-mail'), 'ann@client.example');
        await hand.fill(page.getByLabel('Password', { exact: true }), PASSWORD);
        await hand.click(page.getByRole('button', { name: 'Sign in', exact: true }));
        await expect(page.getByRole('heading', { name: 'Create your workspace' })).toBeVisible();
        await hand.fill(page.getByLabel('Name', { exact: true }), 'Client Corp');
        await hand.click(page.getByRole('button', { name: 'Create workspace' }));
        await page.waitForURL('**/app');

        await page.goto('/app/workflows?view=marketplace');
        await hand.click(page.getByRole('link', { name: 'ACME Meeting Processor' }));
        await hand.click(page.getByRole('button', { name: 'Install', exact: true }));
        await hand.click(page.getByRole('dialog').getByRole('button', { name: 'Install', exact: true }));
        await page.waitForURL('**/setup**');

        // The sample asks for credentials of one's own for Zoom.
        const zoom = page.getByRole('region', { name: 'Zoom' });
        await hand.click(zoom.getByRole('radio', { name: 'Key or token' }));
        await hand.fill(zoom.getByLabel('Access token'), 'zoom-token');
        await hand.fill(zoom.getByLabel('Webhook secret'), ZOOM_SECRET);
        await hand.click(zoom.getByRole('button', { name: 'Save these credentials' }));
        await expect(zoom.getByText('Connected', { exact: true }).first()).toBeVisible();
        await hand.click(page.getByRole('button', { name: 'Do without Notion' }));
        await hand.click(page.getByRole('button', { name: 'Continue' }));
        await hand.fill(page.getByLabel('Internal CRM API Endpoint'), 'https://crm.acme.example/meetings');
        await hand.fill(page.getByRole('textbox', { name: 'CRM API Key' }), 'crm-key-of-the-client');
        await hand.click(page.getByRole('button', { name: 'Continue' }));
        await hand.click(page.getByRole('button', { name: 'Switch it on' }));
        await expect(page.getByText('It is on.')).toBeVisible();

        await page.goto(page.url().replace(/\/setup.*/, '?tab=triggers'));
        const address = await page.getByLabel('Address').first().inputValue();
        const run = await zoomEnded(address);
        await page.goto(`/app/runs/${run}`);
        await expect(page.getByText('Completed').first()).toBeVisible();
        const calls = page.getByRole('grid', { name: 'Calls of this run' });
        await expect(calls.getByText('getMeeting')).toBeVisible();
        await hand.click(calls.getByRole('row', { name: /POST/ }).first());
        await expect(page.getByRole('heading', { name: 'fetch POST' })).toBeVisible();
        await expect(page.getByText('crm-key-of-the-client')).toHaveCount(0);
      } finally {
        await context.close();
        outside.stop();
        await server.stop();
      }
    });

    test('invite a member', async ({ browser, call, page, world }) => {
      const hand = handOf(page);
      const { email, slug } = await newcomer(call);
      const guest = `${unique('grace')}@acme.example`;
      await signIn(page, email, PASSWORD, '/app/settings/members');
      await hand.click(page.getByRole('button', { name: 'Invite somebody' }));
      const dialog = page.getByRole('dialog');
      await hand.fill(dialog.getByLabel('E-mail address'), guest);
      await hand.click(dialog.getByRole('button', { name: 'Send invitation' }));
      await expect(page.getByRole('table', { name: 'Invitations of this workspace' }).getByText(guest)).toBeVisible();

      await inOtherBrowser(browser, world.url, async (other) => {
        const otherHand = handOf(other);
        await other.goto(await link(call, guest));
        await expect(other.getByRole('heading', { name: `Join ${slug}` })).toBeVisible();
        await otherHand.fill(other.getByLabel('Your name'), 'Grace Hopper');
        await otherHand.fill(other.getByLabel(/^(New p|P)assword/).first(), PASSWORD);
        await otherHand.click(other.getByRole('button', { name: 'Join' }));
        await other.waitForURL('**/app');
        await expect(other.getByRole('button', { name: `Switch workspace: ${slug}` })).toBeVisible();
      });
      await page.reload();
      await expect(page.getByRole('table', { name: 'Members of this workspace' }).getByText('Grace Hopper')).toBeVisible();
    });

    test('redeem a code', async ({ call, page }) => {
      const hand = handOf(page);
      const { code, name } = await privateWorkflow(call);
      const { email } = await newcomer(call);
      await signIn(page, email, PASSWORD, '/app/redeem');
      await hand.fill(page.getByLabel('Access code'), 'WRONGONE');
      await hand.click(page.getByRole('button', { name: 'Redeem', exact: true }));
      await expect(page.getByText('This code opens nothing')).toBeVisible();
      await hand.fill(page.getByLabel('Access code'), code.toLowerCase());
      await hand.click(page.getByRole('button', { name: 'Redeem', exact: true }));
      await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
      await expect(page.getByRole('button', { name: 'Install', exact: true })).toBeVisible();
    });

    test('a private workflow is refused, and then granted', async ({ call, page }) => {
      const hand = handOf(page);
      const { workflow, name, maker } = await privateWorkflow(call);
      const { email } = await newcomer(call);
      await signIn(page, email, PASSWORD, `/workflows/private/${workflow}`);
      await expect(page.getByText('You have not been let in to it')).toBeVisible();
      await expect(page.getByRole('button', { name: 'Install', exact: true })).toHaveCount(0);
      await page.goto(`/workflows/private/${workflow}/logs`);
      await expect(page.getByText('You have not been let in to it')).toBeVisible();
      await page.context().clearCookies();

      await signIn(page, maker, PASSWORD);
      await page.goto(`/workflows/private/${workflow}/logs`);
      await expect(page.getByText('This workflow has not run in your workspace.', { exact: false })).toBeVisible();
      await page.goto(`/app/developer/workflows/${workflow}?tab=access`);
      await hand.click(page.getByRole('button', { name: 'Grant access' }).first());
      const menu = page.getByRole('menuitem', { name: /Person, by e-mail/ });
      await hand.click(menu);
      await hand.fill(page.getByRole('dialog').getByLabel('E-mail address'), email);
      await hand.click(page.getByRole('dialog').getByRole('button', { name: 'Grant access' }));
      await expect(page.getByText(email).first()).toBeVisible();
      await page.context().clearCookies();

      // It is found without its address now, with how that came about.
      await signIn(page, email, PASSWORD, '/app/workflows?view=available');
      const card = page.getByRole('article').filter({ hasText: name });
      await expect(card).toContainText('You were let in by your e-mail address.');
      await hand.click(card.getByRole('link', { name }));
      await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
      await hand.click(page.getByRole('button', { name: 'Install', exact: true }));
      await hand.click(page.getByRole('dialog').getByRole('button', { name: 'Install', exact: true }));
      await page.waitForURL('**/setup**');
    });

    test('connect an account with an OAuth app of one’s own', async ({ browser }) => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const provider = await google(url, ['acme']);
      const outside = await services();
      const server = await startServer({ port, egress: { ...outside.map, 'oauth2.googleapis.com': provider.issuer }, env: { MILLRACE_AUTH_EMAIL_VERIFICATION: 'off', MILLRACE_PUBLIC_URL: url } });
      const context = await browser.newContext({ baseURL: url });
      const page = await context.newPage();
      const hand = handOf(page);
      try {
        const call = client(url);
        const token = await person(call, 'dev@acme.example', 'Acme');
        const flow = await deploy(call, token, mailbox);
        const installed = await call(token, 'POST', '/api/installations', { workflow: flow.workflow_id });
        await consents(context, provider.issuer);

        await signIn(page, 'dev@acme.example', PASSWORD, '/app/developer/oauth-apps');
        await hand.click(page.getByRole('button', { name: 'Add an app' }).first());
        const dialog = page.getByRole('dialog');
        await hand.fill(dialog.getByLabel('Service'), 'gmail');
        await hand.fill(dialog.getByLabel('Client id'), 'acme');
        await hand.fill(dialog.getByLabel('Client secret'), 'secret-of-acme');
        await hand.click(dialog.getByRole('button', { name: 'Add an app' }));
        await expect(page.getByText('gmail').first()).toBeVisible();
        await expect(page.getByText('secret-of-acme')).toHaveCount(0);

        await page.goto(`/app/installations/${installed.id}/setup`);
        await hand.click(page.getByRole('button', { name: 'Connect Gmail' }));
        await expect(page.getByText('The account is connected.')).toBeVisible();
        const { data } = await call(token, 'GET', '/api/connections');
        expect(data[0]).toMatchObject({ service: 'gmail', credential_source: 'developer' });
      } finally {
        await context.close();
        provider.stop();
        outside.stop();
        await server.stop();
      }
    });

    test('deploy a new version in the browser, rehearse it, roll it out, take it back', async ({ call, page }) => {
      const hand = handOf(page);
      const { email, token } = await newcomer(call);
      const text = workflows.broken.replace('nightly-ledger', unique('ledger'));
      const flow = await deploy(call, token, text);
      const installation = await call(token, 'POST', '/api/installations', { workflow: flow.workflow_id, name: 'Ledger', activate: true });
      const run = (await call(token, 'POST', `/api/installations/${installation.id}/run`, { data: { invoices: [{ id: 'in_1', total: 5 }] } })).run_id;
      await rested(call, token, run);

      await signIn(page, email, PASSWORD, `/app/developer/deploy?workflow=${flow.workflow_id}`);
      await hand.paste(page.getByRole('textbox', { name: /workflow\.ts/ }), text.replace("version: '1.0.0'", "version: '1.1.0'").replace('return { sum };', 'return { sum, cents: true };'));
      await hand.click(page.getByRole('button', { name: /^Deploy/ }));
      await expect(page.getByText('1.1.0').first()).toBeVisible();

      await page.goto(`/app/developer/workflows/${flow.workflow_id}?tab=rollout`);
      await hand.click(page.getByRole('button', { name: 'Rehearse', exact: true }));
      await expect(page.getByText(/run would go otherwise|runs would go otherwise/)).toBeVisible();
      await hand.click(page.getByRole('button', { name: /Begin at|Raise to|Begin/ }).last());
      await expect(async () => {
        expect((await call(token, 'GET', `/api/installations/${installation.id}`)).version).toBe('1.1.0');
      }).toPass();
      await hand.click(page.getByRole('button', { name: 'Take back' }));
      await hand.click(page.getByRole('dialog').getByRole('button', { name: 'Take back' }));
      await expect(async () => {
        expect((await call(token, 'GET', `/api/installations/${installation.id}`)).version).toBe('1.0.0');
      }).toPass();
    });

    test('a failed run is resumed on the version that mends it', async ({ call, page }) => {
      const hand = handOf(page);
      const { email, token } = await newcomer(call);
      const text = workflows.broken.replace('nightly-ledger', unique('ledger'));
      const flow = await deploy(call, token, text);
      const installation = await call(token, 'POST', '/api/installations', { workflow: flow.workflow_id, name: 'Ledger', activate: true });
      const run = (await call(token, 'POST', `/api/installations/${installation.id}/run`, { data: { invoices: [{ id: 'in_1', total: 5 }, { id: 'in_2' }] } })).run_id;
      await rested(call, token, run);
      const mended = text.replace("version: '1.0.0'", "version: '1.0.1'").replace('throw new Error(`invoice ${invoice.id} has no total`)', 'return 0');
      await call(token, 'POST', `/api/developer/workflows/${flow.workflow_id}/versions`, { files: { 'workflow.ts': mended } });

      await signIn(page, email, PASSWORD, '/app/runs?status=failed');
      await hand.click(page.getByRole('link', { name: /Ledger/ }).first());
      await expect(page.getByText('invoice in_2 has no total').first()).toBeVisible();
      await expect(page.getByText(/workflow\.ts:9/).first()).toBeVisible();
      await hand.click(page.getByRole('button', { name: 'Resume…' }).first());
      const dialog = page.getByRole('dialog');
      await expect(dialog.getByText(/calls? (is|are) kept/)).toBeVisible();
      await hand.click(dialog.getByRole('button', { name: 'Resume', exact: true }));
      await page.waitForURL((url) => url.pathname.startsWith('/app/runs/') && !url.pathname.endsWith(run));
      await expect(page.getByText('Completed').first()).toBeVisible();
    });
  });
}

/** A person who has shown that the address is theirs, with a workspace. */
async function verified(call: ReturnType<typeof client>, email: string, workspace: string): Promise<string> {
  await call(undefined, 'POST', '/api/v1/auth/signup', { email, password: PASSWORD });
  const token = new URL(await link(call, email)).searchParams.get('token');
  await call(undefined, 'GET', `/api/v1/auth/verify-email?token=${token}`);
  const signed = await call(undefined, 'POST', '/api/v1/auth/login', { email, password: PASSWORD });
  const made = await call(signed.access_token, 'POST', '/api/v1/auth/create-workspace', { workspace_name: workspace, workspace_slug: unique('ws') });
  return made.access_token;
}

/** A private workflow of somebody else's, with a code. */
async function privateWorkflow(call: ReturnType<typeof client>) {
  const maker = await newcomer(call);
  const id = unique('refund');
  const made = await deploy(call, maker.token, workflows.approval.replace('refund-desk', id));
  const code = await call(maker.token, 'POST', `/api/developer/workflows/${made.workflow_id}/grants`, { grantType: 'access_code', maxInstalls: 5 });
  return { workflow: made.workflow_id as string, name: 'Refund desk', code: code.code as string, maker: maker.email };
}

/** Google's page of consent is the stand-in's: Ann is signed in there, and consents. */
async function consents(context: BrowserContext, issuer: string): Promise<void> {
  await context.route('https://accounts.google.com/**', (route) => {
    const to = new URL(route.request().url().replace('https://accounts.google.com', issuer));
    to.searchParams.set('login_hint', 'ann');
    return route.fulfill({ status: 302, headers: { location: to.href } });
  });
}
