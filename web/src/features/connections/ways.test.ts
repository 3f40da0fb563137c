import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { shipped } from './shipped';
import { connectorOf, empty, fieldsOf, filled, spelled } from './ways';

/** Services, titles and kinds as the connector files state them. */
function stated(): unknown[] {
  const root = join(process.cwd(), '../connectors');
  return readdirSync(root)
    .map((name) => join(root, name, 'connector.yaml'))
    .filter((file) => existsSync(file))
    .map((file) => {
      const text = readFileSync(file, 'utf8');
      const auth = /^auth:\n((?:[ #].*\n|\n)+)/m.exec(text)?.[1] ?? '';
      const line = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1];
      return [line('service'), line('title'), [...auth.matchAll(/^ {2}- kind: (\w+)/gm)].map((match) => match[1])];
    })
    .sort();
}

test('the list is that of the connector files', () => {
  expect(shipped.map((each) => [each.service, each.title, each.ways.map((way) => way.kind)]).sort()).toEqual(stated());
});

test('a service is found in other spellings, and an unknown one can be connected', () => {
  expect([spelled(' Google_Sheets '), connectorOf('google_sheets', shipped).title]).toEqual(['google-sheets', 'Google Sheets']);
  expect(connectorOf('Our CRM', shipped)).toMatchObject({ service: 'our-crm', title: 'Our CRM' });
  expect(connectorOf('x', shipped).ways.length).toBeGreaterThan(1);
});

test('a form grows by what the server misses', () => {
  const way = { kind: 'token', title: 'Token', fields: [{ name: 'access_token', title: 'Token' }, { name: 'team', title: 'Team', optional: true }] };
  const fields = fieldsOf(way, [{ field: 'fields.access_token' }, { field: 'fields.sub_domain' }, { field: 'fields.sub_domain' }, { field: 'name' }]);
  expect(fields.map((field) => field.name)).toEqual(['access_token', 'team', 'sub_domain']);
  expect(filled({ access_token: ' abc\n', team: ' ', other: 'x' }, fields)).toEqual({ access_token: 'abc' });
  expect(empty({ access_token: 'abc' }, fields)).toEqual(['sub_domain']);
});
