import { expect, test } from 'vitest';

import { deviceName } from './deviceName';

const on = (program: string, system: string) => ({ program, system });

test('browsers are told apart, though each claims to be the others', () => {
  const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
  expect(deviceName(`Mozilla/5.0 (X11; Linux x86_64) ${webkit} Chrome/130.0.0.0 Safari/537.36`)).toEqual(on('Chrome', 'Linux'));
  expect(deviceName(`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0`)).toEqual(on('Edge', 'Windows'));
  expect(deviceName(`Mozilla/5.0 (Linux; Android 14; Pixel 8) ${webkit} Chrome/130.0.0.0 Mobile Safari/537.36`)).toEqual(on('Chrome', 'Android'));
  expect(deviceName('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15')).toEqual(on('Safari', 'macOS'));
  expect(deviceName('Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/130.0 Mobile/15E148 Safari/604.1')).toEqual(on('Chrome', 'iPhone'));
  expect(deviceName('Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0')).toEqual(on('Firefox', 'Linux'));
});

test('programs are called what they call themselves', () => {
  expect(deviceName('millrace/0.1.0 (Linux)')).toEqual(on('millrace', 'Linux'));
  expect(deviceName('curl/8.5.0')).toEqual({ program: 'curl' });
  expect(deviceName('Mozilla/5.0 (something new)')).toEqual({});
  for (const nothing of [null, undefined, '', '  ']) expect(deviceName(nothing)).toEqual({});
});
