import { afterEach, expect, test, vi } from 'vitest';

/** A tab has its own copy of the module; the cookie and the channel are the browser's. */
async function tab(): Promise<typeof import('./session')> {
  vi.resetModules();
  return import('./session');
}

/** Does this, and waits until the tabs have been told. */
async function told(work: () => void): Promise<void> {
  const ear = new BroadcastChannel('millrace-session');
  const heard = new Promise((resolve) => (ear.onmessage = resolve));
  work();
  await heard;
  ear.close();
}

const cookie = (word: string) => (document.cookie = `millrace_csrf=${word}`);
const answer = { access_token: 'token', expires_in: 900 };

afterEach(() => vi.restoreAllMocks());

test('a tab that shows a session leaves when another tab begins one', async () => {
  const assign = vi.spyOn(location, 'assign').mockImplementation(() => undefined);
  const [first, second, idle] = [await tab(), await tab(), await tab()];
  await told(() => first.begin(answer));
  expect(first.isFresh()).toBe(true);
  expect(assign).not.toHaveBeenCalled();
  second.begin(answer);
  await vi.waitFor(() => expect(assign).toHaveBeenCalledExactlyOnceWith('/app'));
  expect(idle.accessToken()).toBeUndefined();
});

test('signing out in one tab ends the others', async () => {
  vi.spyOn(location, 'assign').mockImplementation(() => undefined);
  const [first, second] = [await tab(), await tab()];
  await told(() => first.begin(answer));
  const ended = vi.fn();
  first.onEnd(ended);
  second.forget();
  await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce());
  expect(first.accessToken()).toBeUndefined();
});

test('a tab that shows another session than the cookie is of begins anew, and sends nothing more', async () => {
  const assign = vi.spyOn(location, 'assign').mockImplementation(() => undefined);
  const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => Response.json(answer));
  const one = await tab();
  cookie('ada');
  expect(await one.renew()).toBe(true);
  expect(await one.renew()).toBe(true);
  expect(assign).not.toHaveBeenCalled();
  cookie('grace');
  const gone = vi.fn();
  void one.renew().then(gone);
  await vi.waitFor(() => expect(assign).toHaveBeenCalledExactlyOnceWith('/app'));
  expect(fetched).toHaveBeenCalledTimes(2);
  expect(gone).not.toHaveBeenCalled();
});
