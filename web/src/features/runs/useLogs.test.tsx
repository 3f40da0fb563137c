import { renderHook, waitFor } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';

import { LineBuffer, useLogs, type Line } from './useLogs';

const line = (n: number): Line => ({ n, level: 'info', at: '2026-01-01T00:00:00Z', message: `line ${n}` });

afterEach(() => vi.unstubAllGlobals());

it('hands every line over once, in handfuls', async () => {
  const handed: number[][] = [];
  const buffer = new LineBuffer((lines) => handed.push(lines.map(({ n }) => n)));
  for (const n of [1, 2, 2, 1, 3]) buffer.add(line(n));
  await waitFor(() => expect(handed).toEqual([[1, 2, 3]]));
});

it('goes on from the last line when the stream was cut off', async () => {
  const streams: string[] = [];
  const pages: string[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    if (request.headers.get('accept') !== 'text/event-stream') {
      pages.push(new URL(request.url).search);
      return Response.json({ data: pages.length === 1 ? [line(1)] : [], next_cursor: null });
    }
    streams.push(request.headers.get('last-event-id') ?? '');
    const first = `event: log\nid: 2\ndata: ${JSON.stringify(line(2))}\n\n`;
    const second = `event: log\nid: 2\ndata: ${JSON.stringify(line(2))}\n\nevent: log\nid: 3\ndata: ${JSON.stringify(line(3))}\n\nevent: status\ndata: {"status":"completed"}\n\nevent: end\ndata: {"status":"completed"}\n\n`;
    return new Response(streams.length === 1 ? first : second);
  });
  const moved = vi.fn();
  const { result } = renderHook(() => useLogs('run_1', 'running', moved));
  await waitFor(() => expect(result.current.state).toBe('done'), { timeout: 4000 });
  await waitFor(() => expect(result.current.lines.map(({ n }) => n)).toEqual([1, 2, 3]));
  expect(streams).toEqual(['1', '2']);
  expect(moved).toHaveBeenCalled();
});

it('opens no stream to a run that is over', async () => {
  const accepted: Array<string | null> = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    accepted.push(request.headers.get('accept'));
    const after = Number(new URL(request.url).searchParams.get('after') ?? 0);
    return Response.json(after === 0 ? { data: [line(1), line(2)], next_cursor: '2' } : { data: [line(3)], next_cursor: null });
  });
  const { result } = renderHook(() => useLogs('run_1', 'failed', () => {}));
  await waitFor(() => expect(result.current.lines).toHaveLength(3));
  expect(result.current.state).toBe('done');
  expect(accepted).not.toContain('text/event-stream');
});
