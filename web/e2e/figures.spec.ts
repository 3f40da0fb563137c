import type { Page } from '@playwright/test';

import { expect, signIn, test } from './fixtures';

// What is measured is the app, not the recording of what it does.
test.use({ trace: 'off' });

/** Issue and design: the first load is at most so many bytes of script on the wire. */
const MOST_SCRIPT = 250_000;

/** What a page fetched, as it came over the wire: bytes of script and of everything. */
async function fetched(page: Page): Promise<{ script: number; all: number; requests: number }> {
  return page.evaluate(() => {
    const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    const sum = (some: PerformanceResourceTiming[]) => some.reduce((bytes, each) => bytes + each.encodedBodySize, 0);
    return { script: sum(entries.filter((each) => /\.js(\?|$)/.test(each.name))), all: sum(entries), requests: entries.length };
  });
}

/** Milliseconds from the beginning of the navigation until this is in the page, by the page's own clock. */
async function usable(page: Page, path: string, what: string): Promise<number> {
  await page.addInitScript((selector) => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector(selector)) return;
      (window as { there?: number }).there = performance.now();
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
  }, what);
  await page.goto(path, { waitUntil: 'commit' });
  await page.locator(what).first().waitFor();
  return page.evaluate(() => (window as { there?: number }).there ?? Number.NaN);
}

test('the first load is small, and soon there', async ({ browser, world }) => {
  const rows: Array<Record<string, string | number>> = [];
  for (let round = 0; round < 5; round += 1) {
    const context = await browser.newContext({ baseURL: world.url });
    const page = await context.newPage();
    const out = await usable(page, '/app/sign-in', 'input[type="email"]');
    const door = await fetched(page);
    await signIn(page, world.facts.email, world.facts.password);
    // A browser that has never been here, with somebody signed in: nothing comes from its cache.
    const fresh = await browser.newContext({ baseURL: world.url, storageState: await context.storageState() });
    const first = await fresh.newPage();
    const home = await usable(first, '/app', 'h1');
    await first.waitForLoadState('networkidle');
    const loaded = await fetched(first);
    const again = await usable(first, '/app/runs', 'h1');
    rows.push({ 'sign-in script kB': kB(door.script), 'sign-in ms': ms(out), 'home script kB': kB(loaded.script), 'home all kB': kB(loaded.all), 'home requests': loaded.requests, 'home ms': ms(home), 'runs, cached ms': ms(again) });
    expect(door.script, 'script of the sign-in').toBeLessThanOrEqual(MOST_SCRIPT);
    expect(loaded.script, 'script of the first page').toBeLessThanOrEqual(MOST_SCRIPT);
    await context.close();
    await fresh.close();
  }
  console.table(rows);
});

test('a long journal is drawn as it is scrolled', async ({ page, world }) => {
  await signIn(page, world.facts.email, world.facts.password, `/app/runs/${world.facts.runs.long}`);
  const journal = page.getByRole('grid', { name: 'Calls of this run' });
  await journal.waitFor();
  const entries = Number(process.env.MILLRACE_WORLD_ENTRIES ?? 300);
  await expect.poll(async () => Number(await journal.getAttribute('aria-rowcount')), { timeout: 50_000 }).toBeGreaterThanOrEqual(entries);
  const frames = await journal.evaluate(async (grid) => {
    const scroller = [grid, ...grid.querySelectorAll('*')].find((each) => each.scrollHeight > each.clientHeight + 50 && getComputedStyle(each).overflowY !== 'visible') ?? document.scrollingElement!;
    const took: number[] = [];
    let last = performance.now();
    for (let step = 0; step < 240; step += 1) {
      scroller.scrollTop += 120;
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const now = performance.now();
      took.push(now - last);
      last = now;
    }
    return { took: took.sort((a, b) => a - b), rows: grid.querySelectorAll('[role="row"]').length };
  });
  const at = (share: number) => ms(frames.took[Math.floor(frames.took.length * share)]!);
  console.table([{ entries, 'rows in the page': frames.rows, 'frame p50 ms': at(0.5), 'frame p95 ms': at(0.95), 'frame p99 ms': at(0.99) }]);
  // However long the journal is, what is drawn is what is in sight.
  expect(frames.rows).toBeLessThan(200);
});

const kB = (bytes: number) => Math.round(bytes / 100) / 10;
const ms = (time: number) => Math.round(time * 10) / 10;
