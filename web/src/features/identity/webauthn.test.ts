import { afterEach, expect, test, vi } from 'vitest';

import { askPasskey, fromBase64url, isChangeOfMind, makePasskey, passkeysWork, toBase64url } from './webauthn';

afterEach(() => vi.unstubAllGlobals());

const bytes = (...all: number[]) => new Uint8Array(all);

test('bytes become base64url and come back', () => {
  for (const [raw, text] of [[bytes(), ''], [bytes(0xfb, 0xff, 0xfe), '-__-'], [bytes(0xff), '_w'], [bytes(1, 2), 'AQI']] as const) {
    expect(toBase64url(raw)).toBe(text);
    expect([...fromBase64url(text)]).toEqual([...raw]);
  }
  expect([...fromBase64url('_w==')]).toEqual([0xff]);
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  expect([...fromBase64url(toBase64url(all.buffer))]).toEqual([...all]);
});

test('a question reaches the browser as bytes, and its answer the server as text', async () => {
  const get = vi.fn().mockResolvedValue({
    id: '-__-', rawId: bytes(0xfb, 0xff, 0xfe).buffer, type: 'public-key',
    response: { authenticatorData: bytes(1).buffer, clientDataJSON: bytes(2).buffer, signature: bytes(0xff).buffer, userHandle: null },
  });
  vi.stubGlobal('navigator', { credentials: { get } });
  const options = { publicKey: { challenge: '-__-', rpId: 'localhost', userVerification: 'required', allowCredentials: [{ type: 'public-key', id: '_w' }] } };
  const answer = await askPasskey({ token: 't', expires_in: 300, options: options as never });
  const { publicKey } = get.mock.calls[0]![0];
  expect([...publicKey.challenge]).toEqual([0xfb, 0xff, 0xfe]);
  expect([...publicKey.allowCredentials[0].id]).toEqual([0xff]);
  expect(publicKey).toMatchObject({ rpId: 'localhost', userVerification: 'required' });
  expect(answer).toEqual({
    token: 't',
    credential: { id: '-__-', rawId: '-__-', type: 'public-key', response: { authenticatorData: 'AQ', clientDataJSON: 'Ag', signature: '_w', userHandle: null }, clientExtensionResults: {} },
  });
});

test('a new passkey says how it is reached, and does not replace one that is excluded', async () => {
  const create = vi.fn().mockResolvedValue({
    id: 'AQ', rawId: bytes(1).buffer, type: 'public-key',
    response: { attestationObject: bytes(3).buffer, clientDataJSON: bytes(4).buffer, getTransports: () => ['internal'] },
  });
  vi.stubGlobal('navigator', { credentials: { create } });
  const options = { publicKey: { challenge: 'AQ', user: { id: 'Ag', name: 'a@example.com', displayName: 'A' }, excludeCredentials: [{ type: 'public-key', id: 'Aw' }] } };
  const answer = await makePasskey({ token: 'q', expires_in: 300, options: options as never });
  const { publicKey } = create.mock.calls[0]![0];
  expect([...publicKey.user.id]).toEqual([2]);
  expect(publicKey.user.name).toBe('a@example.com');
  expect([...publicKey.excludeCredentials[0].id]).toEqual([3]);
  expect(answer.credential).toMatchObject({ rawId: 'AQ', response: { attestationObject: 'Aw', clientDataJSON: 'BA', transports: ['internal'] } });
});

test('passkeys belong to names and need a secure page', () => {
  expect(passkeysWork('app.example.com', true, true)).toBe(true);
  expect(passkeysWork('localhost', true, true)).toBe(true);
  expect(passkeysWork('127.0.0.1', true, true)).toBe(false);
  expect(passkeysWork('[::1]', true, true)).toBe(false);
  expect(passkeysWork('app.example.com', false, true)).toBe(false);
  expect(passkeysWork('app.example.com', true, false)).toBe(false);
});

test('a closed dialog is no failure', () => {
  expect(isChangeOfMind(new DOMException('x', 'NotAllowedError'))).toBe(true);
  expect(isChangeOfMind(new DOMException('x', 'SecurityError'))).toBe(false);
  expect(isChangeOfMind(new Error('NotAllowedError'))).toBe(false);
});
