import { renderHook } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';

import { Keep } from './kept';
import type { Project } from './project';
import { useKeeping, useLeft } from './useKept';

const keep = new Keep('org_1', 'usr_1');
const origin: Project = { files: { 'workflow.ts': 'a' } };
const subject = { keep, about: 'workflow:sync', base: 'ver_1' };

beforeEach(() => {
  localStorage.clear();
  vi.useFakeTimers({ now: new Date('2026-01-02T00:00:00Z') });
  return () => void vi.useRealTimers();
});

it('leaves work that was only looked at as it was left', () => {
  keep.put({ files: { 'workflow.ts': 'b' }, about: subject.about, base: 'ver_0', at: '2026-01-01T00:00:00Z' });
  const left = renderHook(() => useLeft(subject, origin)).result.current!;
  const { rerender } = renderHook(({ project }: { project: Project }) => useKeeping({ ...subject, base: left.base }, project, true), { initialProps: { project: left as Project } });
  vi.advanceTimersByTime(1000);
  expect(keep.get(subject.about)).toMatchObject({ base: 'ver_0', at: '2026-01-01T00:00:00Z' });
  rerender({ project: { files: { 'workflow.ts': 'c' } } });
  vi.advanceTimersByTime(1000);
  expect(keep.get(subject.about)).toMatchObject({ base: 'ver_0', files: { 'workflow.ts': 'c' } });
  expect(keep.get(subject.about)?.at.startsWith('2026-01-02')).toBe(true);
});

it('keeps what was typed last when the page goes, and nothing of what is deployed', () => {
  const keeping = ({ project, unsaved }: { project: Project; unsaved: boolean }) => useKeeping(subject, project, unsaved);
  const { rerender, unmount } = renderHook(keeping, { initialProps: { project: origin, unsaved: false } });
  rerender({ project: { files: { 'workflow.ts': 'typed' } }, unsaved: true });
  unmount();
  expect(keep.get(subject.about)?.files['workflow.ts']).toBe('typed');
  renderHook(keeping, { initialProps: { project: origin, unsaved: false } });
  vi.advanceTimersByTime(1000);
  expect(keep.get(subject.about)).toBeUndefined();
});
