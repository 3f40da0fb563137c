import { test as base, expect, type Page } from '@playwright/test';

import { client } from './server.mjs';
import { startWorld } from './world.mjs';

type World = Awaited<ReturnType<typeof startWorld>>;

interface Worker {
  /** A server with the filled workspace of Ada. */
  world: World;
}

interface Each {
  /** The API, as a program uses it. */
  call: ReturnType<typeof client>;
}

export const test = base.extend<Each, Worker>({
  world: [
    async ({}, use) => {
      const world = await startWorld();
      await use(world);
      await world.stop();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  call: async ({ world }, use) => use(client(world.url)),
  baseURL: async ({ world }, use) => use(world.url),
  // What the browser complains about is a fault: a refused style, a missing file, an exception.
  page: async ({ page }, use) => {
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // Refusals that a story provokes are shown by the page; the browser logs their status besides.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(`${message.text()} (${page.url()}, ${message.location().url}:${message.location().lineNumber})`);
    });
    await use(page);
    expect(complaints, 'what the browser complained about').toEqual([]);
  },
});

export { expect };

/** Signs in by the page of that name. */
export async function signIn(page: Page, email: string, password: string, to = '/app'): Promise<void> {
  await page.goto(`/app/sign-in?to=${encodeURIComponent(to)}`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL((url) => url.pathname + url.search === to || url.pathname === to);
}
