import { afterEach, expect, test } from 'vitest';

import { dropPrefill, parsePrefill, prefill, takePrefill } from './prefill';

afterEach(dropPrefill);

test('address, password and the way on are read, whatever characters they have', () => {
  const made = new URLSearchParams({ email: 'dev+1@example.com', password: 'a&b=c#d e%', to: '/app/runs/run_1?tab=log' }).toString();
  const read = { email: 'dev+1@example.com', password: 'a&b=c#d e%', to: '/app/runs/run_1?tab=log' };
  expect(parsePrefill(`#${made}`)).toEqual(read);
  expect(parsePrefill(made)).toEqual(read);
});

test('what is missing or empty is left out, and what is of another kind is not touched', () => {
  expect(parsePrefill('#email=a%40example.com&password=&role=owner')).toEqual({ email: 'a@example.com' });
  for (const other of ['', '#', '#content', '#to=/app', '#to=//evil.example']) expect(parsePrefill(other)).toBeUndefined();
});

test('it is kept until the form has it', () => {
  expect(takePrefill('#content')).toBe(false);
  expect(prefill()).toEqual({});
  expect(takePrefill('#email=a%40example.com')).toBe(true);
  expect(prefill()).toEqual({ email: 'a@example.com' });
  expect(takePrefill('')).toBe(false);
  expect(prefill()).toEqual({ email: 'a@example.com' });
  dropPrefill();
  expect(prefill()).toEqual({});
});
