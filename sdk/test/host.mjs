// The host's module for tests: what was called, and what is answered. Journaling and replay are tested in the sandbox itself.
export const calls = [];
let answer = () => null;
let clock = () => Date.now();
let ids = 0;

/** Forgets calls; answers the next ones with `(kind, args) => outcome`. */
export function host(answers = () => null) {
  calls.length = 0;
  answer = answers;
}

/** An error as the host's outcomes become. */
export const refusal = (message, code, name = 'Error') => Object.assign(new Error(message), { code, name });

export const call = async (kind, args) => {
  // As on the wire: only what JSON can say arrives.
  const sent = JSON.parse(JSON.stringify(args));
  calls.push({ kind, ...sent });
  return answer(kind, sent);
};
export const once = async (fn) => fn();
export const continueWith = async (state) => {
  calls.push({ kind: 'continueWith', state });
};
export const now = () => clock();
export const newId = () => `00000000-0000-4000-8000-${String((ids += 1)).padStart(12, '0')}`;
