import { sleep } from '../durable.js';

/** Waits until `condition` holds; throws after `timeout` milliseconds. */
export async function waitFor(condition: () => boolean | Promise<boolean>, options: { timeout?: number; interval?: number } = {}): Promise<void> {
  const { timeout = 5_000, interval = 50 } = options;
  for (let waited = 0; ; waited += interval) {
    if (await condition()) {
      return;
    }
    if (waited >= timeout) {
      throw new Error(`waitFor() gave up after ${timeout} ms`);
    }
    await sleep(interval);
  }
}

/** Expects `fn` to throw, with `text` in the message if given. Returns the error. */
export async function expectError(fn: () => unknown, text?: string | RegExp): Promise<Error> {
  let thrown: unknown;
  let threw = false;
  try {
    await fn();
  } catch (error) {
    thrown = error;
    threw = true;
  }
  if (!threw) {
    throw new Error('expectError() expected an error, and none was thrown');
  }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const matches = text === undefined || (typeof text === 'string' ? error.message.includes(text) : text.test(error.message));
  if (!matches) {
    throw new Error(`expectError() expected ${String(text)}, got: ${error.message}`);
  }
  return error;
}
