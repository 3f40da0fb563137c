import type { Schema } from '../../api/types';

type Question = Schema<'QuestionAnswer'>;
export type PasskeyProof = Schema<'PasskeyAnswer'>;

/** A descriptor of a credential as it travels: its id is text. */
interface Descriptor {
  id: string;
  type: PublicKeyCredentialType;
  transports?: AuthenticatorTransport[];
}

/** What the server asks, with binary values as base64url. */
interface Options {
  publicKey: { challenge: string; allowCredentials?: Descriptor[]; excludeCredentials?: Descriptor[]; user?: { id: string } & Record<string, unknown> } & Record<string, unknown>;
}

/** Bytes of base64url text, with or without padding. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')), (c) => c.charCodeAt(0));
}

/** Base64url text of bytes, without padding. */
export function toBase64url(bytes: ArrayBuffer | Uint8Array): string {
  const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  let text = '';
  for (const byte of view) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Whether passkeys can work here at all: they belong to a name, never to a number. */
export function passkeysWork(host = location.hostname, secure = globalThis.isSecureContext, known = 'PublicKeyCredential' in globalThis): boolean {
  return known && secure && !/^[\d.]+$/.test(host) && !host.includes(':');
}

/** Whether this browser puts passkeys into the list of a field. */
export async function offersPasskeys(): Promise<boolean> {
  return passkeysWork() && (await PublicKeyCredential.isConditionalMediationAvailable?.()) === true;
}

/** Whoever closes the device's dialog, or lets it run out, has changed their mind: that is no failure. */
export function isChangeOfMind(error: unknown): boolean {
  return error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError');
}

/** The question as `navigator.credentials` wants it: bytes where the server sent text. */
export function decoded(question: Question): PublicKeyCredentialCreationOptions & PublicKeyCredentialRequestOptions {
  const { publicKey } = question.options as unknown as Options;
  const descriptors = (list: Descriptor[]) => list.map((each) => ({ ...each, id: fromBase64url(each.id) }));
  return {
    ...publicKey,
    challenge: fromBase64url(publicKey.challenge),
    ...(publicKey.user && { user: { ...publicKey.user, id: fromBase64url(publicKey.user.id) } }),
    ...(publicKey.allowCredentials && { allowCredentials: descriptors(publicKey.allowCredentials) }),
    ...(publicKey.excludeCredentials && { excludeCredentials: descriptors(publicKey.excludeCredentials) }),
  } as unknown as PublicKeyCredentialCreationOptions & PublicKeyCredentialRequestOptions;
}

/** Has a passkey of this device answer the question: at once, or, until `offer` ends, when one is picked from the list of a field. */
export async function askPasskey(question: Question, offer?: AbortSignal): Promise<PasskeyProof> {
  const found = (await navigator.credentials.get({ publicKey: decoded(question), ...(offer && { mediation: 'conditional', signal: offer }) })) as PublicKeyCredential;
  const { authenticatorData, clientDataJSON, signature, userHandle } = found.response as AuthenticatorAssertionResponse;
  return answer(question, found, {
    authenticatorData: toBase64url(authenticatorData),
    clientDataJSON: toBase64url(clientDataJSON),
    signature: toBase64url(signature),
    userHandle: userHandle === null ? null : toBase64url(userHandle),
  });
}

/** Has this device make a passkey. */
export async function makePasskey(question: Question): Promise<PasskeyProof> {
  const made = (await navigator.credentials.create({ publicKey: decoded(question) })) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return answer(question, made, {
    attestationObject: toBase64url(response.attestationObject),
    clientDataJSON: toBase64url(response.clientDataJSON),
    transports: response.getTransports(),
  });
}

function answer(question: Question, credential: PublicKeyCredential, response: Record<string, unknown>): PasskeyProof {
  // The results of extensions are bytes in part, and the server asks for none.
  return { token: question.token, credential: { id: credential.id, rawId: toBase64url(credential.rawId), type: credential.type, response, clientExtensionResults: {} } as never };
}
