/** What an address may bring to the sign-in behind its `#`, where no server and no log sees it. */
export interface Prefill {
  email?: string;
  password?: string;
  to?: string;
}

let brought: Prefill | undefined;

/** Reads the part of an address behind the `#`; nothing where it is about something else. */
export function parsePrefill(hash: string): Prefill | undefined {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const read = Object.fromEntries((['email', 'password', 'to'] as const).flatMap((name) => (fields.get(name) ? [[name, fields.get(name)]] : []))) as Prefill;
  return read.email !== undefined || read.password !== undefined ? read : undefined;
}

/** Keeps what the address brought, so that it can leave the address at once; whether it brought anything. */
export function takePrefill(hash: string): boolean {
  const read = parsePrefill(hash);
  if (read) bring(read);
  return read !== undefined;
}

/** Brings it from one form to the next, past the address. */
export function bring(read: Prefill): void {
  brought = read;
}

/** What the address brought. */
export function prefill(): Prefill {
  return brought ?? {};
}

/** Forgets it, once the form has it. */
export function dropPrefill(): void {
  brought = undefined;
}
