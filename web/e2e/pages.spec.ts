import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { readdirSync } from 'node:fs';

import { expect, signIn, test } from './fixtures';

type Facts = { workflow: string; listed: string; installation: string; unfinished: string; code: string; runs: Record<string, string> };

/** Every page of the app, before the sign-in and behind it. */
const outside: Record<string, () => string> = {
  'sign-in': () => '/app/sign-in',
  'sign-up': () => '/app/sign-up',
  'forgot-password': () => '/app/forgot-password',
  'reset-password': () => '/app/reset-password?token=wrong',
  'verify-email': () => '/app/verify-email?token=wrong',
  'accept-invitation': () => '/app/accept-invitation?token=wrong',
};
const inside: Record<string, (facts: Facts) => string> = {
  home: () => '/app',
  'create-workspace': () => '/app/create-workspace',
  'pick-workspace': () => '/app/pick-workspace',
  'workflows-installed': () => '/app/workflows',
  'workflows-available': () => '/app/workflows?view=available',
  'workflows-marketplace': () => '/app/workflows?view=marketplace',
  workflow: ({ listed }) => `/app/workflows/${listed}`,
  'workflow-public': ({ listed }) => `/workflows/${listed}`,
  'workflow-private': ({ workflow }) => `/workflows/private/${workflow}`,
  'workflow-private-configure': ({ workflow }) => `/workflows/private/${workflow}/configure`,
  redeem: () => '/app/redeem',
  'install-by-code': ({ code }) => `/install?code=${code}`,
  installation: ({ installation }) => `/app/installations/${installation}`,
  'installation-triggers': ({ installation }) => `/app/installations/${installation}?tab=triggers`,
  'installation-configuration': ({ installation }) => `/app/installations/${installation}?tab=configuration`,
  'installation-connections': ({ installation }) => `/app/installations/${installation}?tab=connections`,
  'installation-versions': ({ installation }) => `/app/installations/${installation}?tab=versions`,
  'installation-storage': ({ installation }) => `/app/installations/${installation}?tab=storage`,
  'installation-settings': ({ installation }) => `/app/installations/${installation}?tab=settings`,
  setup: ({ unfinished }) => `/app/installations/${unfinished}/setup`,
  runs: () => '/app/runs',
  'runs-failed': () => '/app/runs?status=failed',
  'runs-of-workflow': ({ workflow }) => `/workflows/private/${workflow}/logs`,
  'run-completed': ({ runs }) => `/app/runs/${runs.good}`,
  'run-failed': ({ runs }) => `/app/runs/${runs.failed}`,
  'run-waiting': ({ runs }) => `/app/runs/${runs.waiting}`,
  'run-long': ({ runs }) => `/app/runs/${runs.long}`,
  approvals: () => '/app/approvals',
  analytics: () => '/app/analytics',
  'analytics-workflow': ({ workflow }) => `/app/analytics/${workflow}`,
  'analytics-alerts': ({ workflow }) => `/app/analytics/${workflow}?tab=alerts`,
  connections: () => '/app/connections',
  developer: () => '/app/developer',
  deploy: () => '/app/developer/deploy',
  'developer-workflow': ({ workflow }) => `/app/developer/workflows/${workflow}`,
  'developer-versions': ({ workflow }) => `/app/developer/workflows/${workflow}?tab=versions`,
  'developer-source': ({ workflow }) => `/app/developer/workflows/${workflow}?tab=source`,
  'developer-comparison': ({ workflow }) => `/app/developer/workflows/${workflow}?tab=versions&v=1.3.0&with=1.2.0`,
  'developer-source-comparison': ({ workflow }) => `/app/developer/workflows/${workflow}?tab=source&v=1.3.0&with=1.2.0`,
  'developer-rollout': ({ workflow }) => `/app/developer/workflows/${workflow}?tab=rollout`,
  'developer-access': ({ workflow }) => `/app/developer/workflows/${workflow}?tab=access`,
  'developer-alerts': ({ workflow }) => `/app/developer/workflows/${workflow}?tab=alerts`,
  'developer-variables': ({ workflow }) => `/app/developer/workflows/${workflow}?tab=variables`,
  'oauth-apps': () => '/app/developer/oauth-apps',
  earnings: () => '/app/developer/earnings',
  'settings-workspace': () => '/app/settings/workspace',
  'settings-members': () => '/app/settings/members',
  'settings-members-invite': () => '/app/settings/members?invite=true',
  'settings-api-keys-make': () => '/app/settings/api-keys?create=true',
  'settings-api-keys': () => '/app/settings/api-keys',
  'settings-sso': () => '/app/settings/sso',
  'settings-audit': () => '/app/settings/audit',
  'settings-mails': () => '/app/settings/mails',
  'settings-billing': () => '/app/settings/billing',
  'account-profile': () => '/app/account/profile',
  'account-security': () => '/app/account/security',
  'account-security-asked': () => '/app/account/security?to=%2Fapp%2Fruns',
  'account-sessions': () => '/app/account/sessions',
  device: () => '/app/device',
  system: () => '/app/system',
  'system-workspaces': () => '/app/system?tab=workspaces',
  'system-people': () => '/app/system?tab=people',
  'system-review': () => '/app/system?tab=review',
  'system-support': () => '/app/system?tab=support',
  missing: () => '/app/nowhere',
};

/** Addresses that only lead to a page above. */
const leading = ['/', '/app/billing', '/workflows/$id/alerts', '/workflows/$id/analytics', '/workflows/$id/executions', '/workflows/private/$id/analytics', '/workflows/private/$id/logs'];

/** Every address of the app, as its file in `src/routes` states it. */
function addresses(): string[] {
  const files = readdirSync(new URL('../src/routes', import.meta.url), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.tsx') && !/(^|\/)(-|__root|route\.tsx$)/.test(file));
  return files.map((file) => `/${file.replace(/\.tsx$/, '').replace(/^_(in|out)\//, '').replace(/(^|\/)index$/, '').replaceAll('_.', '/')}`);
}

test('every address is looked at', () => {
  const names = new Proxy({}, { get: (_, name) => (name === 'runs' ? names : 'x') }) as Facts;
  const looked = [...Object.values(outside), ...Object.values(inside)].map((path) => path(names).split('?')[0]!);
  const unseen = addresses().filter((address) => !leading.includes(address) && !looked.some((path) => new RegExp(`^${address.replace(/\$\w+/g, '[^/]+')}$`).test(path)));
  expect(unseen).toEqual([]);
});

const widths = [1440, 390] as const;
const schemes = ['light', 'dark'] as const;

/** Everything that is still being fetched has arrived, and nothing moves. */
async function settled(page: Page): Promise<void> {
  await expect(page.locator('h1').first()).toBeVisible();
  // A page that follows a run is never idle.
  await page.waitForLoadState('networkidle', { timeout: 2000 }).catch(() => undefined);
  await expect(page.getByRole('status', { name: 'Loading…' })).toHaveCount(0);
}

/** A page at one width in one scheme: no violation, no sideways scrolling, a picture to look at. */
async function look(page: Page, name: string, width: number, scheme: 'light' | 'dark'): Promise<void> {
  const found = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  const told = found.violations.map((each) => `${each.id}: ${each.help} — ${each.nodes.slice(0, 3).map((node) => `${node.target.join(' ')} (${node.any[0]?.message ?? ''})`).join('; ')}`);
  expect.soft(told, `${name} at ${width} px, ${scheme}`).toEqual([]);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect.soft(wide, `${name} scrolls sideways at ${width} px`).toBeLessThanOrEqual(0);
  expect.soft(await page.evaluate(cut), `${name} at ${width} px cuts these`).toEqual([]);
  if (process.env.MILLRACE_SHOTS) await page.screenshot({ path: `${process.env.MILLRACE_SHOTS}/${name}-${width}-${scheme}.png`, fullPage: true });
}

/** Runs in the page: open tabs that are pushed out of sight, and buttons that do not say all. */
function cut(): string[] {
  const tabs = [...document.querySelectorAll('[role="tab"][aria-selected="true"]')].filter((tab) => {
    const { left, right } = tab.getBoundingClientRect();
    const row = tab.closest('[role="tablist"]')!.parentElement!.getBoundingClientRect();
    return left < Math.max(row.left, 0) - 1 || right > Math.min(row.right, innerWidth) + 1;
  });
  const buttons = [...document.querySelectorAll('.mantine-Button-root')].filter((button) => [button, ...button.querySelectorAll('.mantine-Button-label')].some((part) => part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 1));
  return [...tabs, ...buttons].map((each) => each.textContent ?? '');
}

async function everywhere(page: Page, name: string, path: string): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(path);
  for (const width of widths) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
    for (const scheme of schemes) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await settled(page);
      await look(page, name, width, scheme);
    }
  }
}

for (const [name, path] of Object.entries(outside)) {
  test(`page ${name}`, async ({ page }) => everywhere(page, name, path()));
}

test.describe('behind the sign-in', () => {
  let state: Awaited<ReturnType<import('@playwright/test').BrowserContext['storageState']>>;

  test.beforeAll(async ({ browser, world }) => {
    const context = await browser.newContext({ baseURL: world.url });
    const page = await context.newPage();
    await signIn(page, world.facts.email, world.facts.password);
    state = await context.storageState();
    await context.close();
  });

  for (const [name, path] of Object.entries(inside)) {
    test(`page ${name}`, async ({ context, page, world }) => {
      await context.addCookies(state.cookies);
      await everywhere(page, name, path(world.facts));
      // A refresh token counts once: the next page goes on from this one.
      state = await context.storageState();
    });
  }
});
