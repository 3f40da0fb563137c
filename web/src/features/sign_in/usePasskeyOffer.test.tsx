import { act, renderHook, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { usePasskeyOffer } from './usePasskeyOffer';

/** What the device was asked, and how it is answered. */
let asked: Array<{ signal: AbortSignal; pick: () => void; fail: (error: Error) => void }>;
let requests: string[];
let refuses: boolean;

beforeEach(() => {
  [asked, requests, refuses] = [[], [], false];
  vi.stubGlobal('isSecureContext', true);
  vi.stubGlobal('location', new URL('http://localhost:8787/app/sign-in'));
  vi.stubGlobal('PublicKeyCredential', { isConditionalMediationAvailable: async () => true });
  const response = { authenticatorData: new Uint8Array(1), clientDataJSON: new Uint8Array(1), signature: new Uint8Array(1), userHandle: null };
  const get = ({ mediation, signal }: CredentialRequestOptions) =>
    new Promise((resolve, reject) => {
      expect(mediation).toBe('conditional');
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
      asked.push({ signal: signal!, pick: () => resolve({ id: 'k', rawId: new Uint8Array(1), type: 'public-key', response }), fail: reject });
    });
  vi.stubGlobal('navigator', { credentials: { get } });
  vi.stubGlobal('fetch', async (request: Request) => {
    const { pathname } = new URL(request.url);
    requests.push(pathname);
    if (!pathname.endsWith('/finish')) return Response.json({ token: `t${requests.length}`, expires_in: 300, options: { publicKey: { challenge: 'AQ' } } });
    return refuses ? Response.json({ code: 'PASSKEY_REFUSED', title: '', detail: '', status: 401 }, { status: 401 }) : Response.json({ next: 'workspace' });
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function offer() {
  const [onAnswer, onError] = [vi.fn(), vi.fn()];
  return { ...renderHook(() => usePasskeyOffer(onAnswer, onError)), onAnswer, onError };
}

test('a picked passkey signs in', async () => {
  const { onAnswer } = offer();
  await waitFor(() => expect(asked).toHaveLength(1));
  asked[0]!.pick();
  await waitFor(() => expect(onAnswer).toHaveBeenCalledWith({ next: 'workspace' }));
});

test('one that is refused is told, and others are offered', async () => {
  refuses = true;
  const { onAnswer, onError } = offer();
  await waitFor(() => expect(asked).toHaveLength(1));
  asked[0]!.pick();
  await waitFor(() => expect(onError).toHaveBeenCalledWith(expect.objectContaining({ code: 'PASSKEY_REFUSED' })));
  await waitFor(() => expect(asked).toHaveLength(2));
  expect(onAnswer).not.toHaveBeenCalled();
});

test('what the device refuses by itself is neither told nor asked again', async () => {
  const { onError } = offer();
  await waitFor(() => expect(asked).toHaveLength(1));
  asked[0]!.fail(new DOMException('another name', 'SecurityError'));
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(asked).toHaveLength(1);
  expect(onError).not.toHaveBeenCalled();
});

test('a question that is old is replaced when somebody comes back, a fresh one stands', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { result } = offer();
  await waitFor(() => expect(asked).toHaveLength(1));
  act(() => result.current.renew());
  expect(requests).toHaveLength(1);
  vi.setSystemTime(Date.now() + 241_000);
  act(() => result.current.renew());
  await waitFor(() => expect(asked).toHaveLength(2));
  expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false]);
});

test('the offer ends with the page, and before the device is asked anything else', async () => {
  const { result, unmount, onError } = offer();
  await waitFor(() => expect(asked).toHaveLength(1));
  act(() => result.current.stop());
  expect(asked[0]!.signal.aborted).toBe(true);
  act(() => result.current.renew());
  await waitFor(() => expect(asked).toHaveLength(2));
  unmount();
  expect(asked[1]!.signal.aborted).toBe(true);
  expect(onError).not.toHaveBeenCalled();
});

test('a browser without such a list asks nobody', async () => {
  vi.stubGlobal('PublicKeyCredential', {});
  offer();
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(requests).toEqual([]);
});
