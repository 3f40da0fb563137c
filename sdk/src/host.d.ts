/**
 * The host's own module. Only SDK modules can import it; workflow code uses the functions built on it.
 *
 * Every function here is journaled: on replay the recorded outcome is delivered and nothing happens again.
 */
declare module 'millrace:host' {
  /** Asks the host for something. Rejects with an Error that carries the outcome's `name`, `code` and `message`. */
  export function call(kind: string, args: Record<string, unknown>): Promise<any>;

  /** Runs `fn`; every host call made inside is attempted at most once, even across a crash. */
  export function once<T>(fn: () => T | Promise<T>): Promise<T>;

  /** Ends this attempt and starts the workflow afresh with `state` and an empty journal. */
  export function continueWith(state: unknown): Promise<never>;

  /** Epoch milliseconds of the last delivered outcome. */
  export function now(): number;

  /** A UUID that is the same on every replay of this run and different everywhere else. */
  export function newId(): string;
}
