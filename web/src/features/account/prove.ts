import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { askPasskey } from '../identity/webauthn';

/** What somebody can show to prove once more who they are. */
export type Means = 'password' | 'code' | 'passkey';

/** What of it a person has. Nothing: they came by an organisation and have no second factor; the server lets them through. */
export function meansOf(has: { password: boolean; apps: number; passkeys: number; recoveryCodes: number; passkeysWork: boolean }): Means[] {
  const code = has.apps > 0 || has.recoveryCodes > 0;
  return [...(has.password ? ['password' as const] : []), ...(has.passkeys > 0 && has.passkeysWork ? ['passkey' as const] : []), ...(code ? ['code' as const] : [])];
}

/** The proof as the server takes it. Only a passkey has to be asked for. */
export async function proofOf(means: Means | undefined, typed: string): Promise<Schema<'Proof'>> {
  if (means === 'password') return { password: typed };
  if (means === 'code') return { code: typed.trim() };
  if (means === 'passkey') return { passkey: await askPasskey(await data(api.POST('/api/v1/users/me/passkeys/challenge'))) };
  return {};
}
