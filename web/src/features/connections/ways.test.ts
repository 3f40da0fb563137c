import { expect, test } from 'vitest';

import { connectorOf, empty, filled, letters, titleOf, type Connector, type Field } from './ways';

const sheets: Connector = { service: 'google-sheets', title: 'Google Sheets', aliases: ['gsheets'], description: '', docs: '', ways: [], apps: [] };
const crm: Connector = { ...sheets, service: 'our-crm', aliases: [], title: 'CRM of the house' };

test('a service is found by its name in other spellings, and by other names', () => {
  expect(letters(' Google_Sheets ')).toBe('googlesheets');
  expect(['google_sheets', 'googleSheets', 'GSheets', 'crm of the house', 'our-crm', 'zoom', ''].map((text) => connectorOf(text, [sheets, crm])?.service)).toEqual(['google-sheets', 'google-sheets', 'google-sheets', 'our-crm', 'our-crm', undefined, undefined]);
  expect([titleOf('our-crm', [crm]), titleOf('our-crm', undefined), titleOf('zoom', [crm])]).toEqual(['CRM of the house', 'our-crm', 'zoom']);
});

test('what was filled in is sent, and what is required may not be missing', () => {
  const field = (name: string, optional: boolean): Field => ({ name, optional, title: name, help: '', secret: true });
  const fields = [field('access_token', false), field('sub_domain', false), field('team', true)];
  expect(filled({ access_token: ' abc\n', team: ' ', other: 'x' }, fields)).toEqual({ access_token: 'abc' });
  expect(empty({ access_token: 'abc' }, fields)).toEqual(['sub_domain']);
});
