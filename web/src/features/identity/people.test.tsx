import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, expect, test, vi } from 'vitest';

import { useNameOf } from './people';

afterEach(() => vi.unstubAllGlobals());

/** A workspace with four pages of people, one on each; says which were asked for. */
function workspace(refuses?: string): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    const cursor = new URL(request.url).searchParams.get('cursor') ?? '1';
    asked.push(cursor);
    if (cursor === refuses) return Response.json({ code: 'INTERNAL', title: '', detail: '', status: 500 }, { status: 500 });
    return Response.json({ data: [{ user_id: `usr_${cursor}`, name: cursor === '2' ? '' : `Name ${cursor}`, email: `${cursor}@acme.example` }], next_cursor: cursor === '4' ? null : String(Number(cursor) + 1) });
  });
  return asked;
}

function names(wanted: Array<string | null | undefined>) {
  const queries = new QueryClient();
  return renderHook(() => useNameOf(wanted), { wrapper: ({ children }: { children: ReactNode }) => <QueryClientProvider client={queries}>{children}</QueryClientProvider> }).result;
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

test('pages are asked for until everybody who is wanted is named, and no further', async () => {
  const asked = workspace();
  const result = names(['usr_3', 'usr_1', null, undefined]);
  await waitFor(() => expect(result.current('usr_3')).toBe('Name 3'));
  await settled();
  expect(asked).toEqual(['1', '2', '3']);
  expect([result.current('usr_1'), result.current('usr_2'), result.current('usr_4'), result.current(null)]).toEqual(['Name 1', '2@acme.example', 'usr_4', '–']);
});

test('for keys and words nobody is asked further, for somebody who left once', async () => {
  const asked = workspace();
  names(['key_9', 'finance']);
  await settled();
  expect(asked).toEqual(['1']);
  const gone = workspace();
  names(['usr_9']);
  await waitFor(() => expect(gone).toHaveLength(4));
  await settled();
  expect(gone).toEqual(['1', '2', '3', '4']);
});

test('a page that is refused is not asked for over and over', async () => {
  const asked = workspace('2');
  const result = names(['usr_3', 'usr_1']);
  await waitFor(() => expect(asked).toEqual(['1', '2']));
  await settled();
  expect(asked).toEqual(['1', '2']);
  expect(result.current('usr_1')).toBe('Name 1');
});
