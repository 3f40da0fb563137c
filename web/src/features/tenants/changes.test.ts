import { expect, test } from 'vitest';

import { changesOf, formOf } from './changes';

const settings = {
  tenant_id: 'org_1', workspace_name: 'Mill', workspace_slug: 'mill', workspace_url: 'http://x', kind: 'team', status: 'active', currency: 'USD', timezone: 'UTC',
  auth_mode: null, email_verification: null, audit_retention_days: null, require_second_factor: false, created_at: '2026-01-01T00:00:00Z',
};

test('what was not touched is not sent', () => {
  const form = formOf(settings);
  expect(changesOf(form, { ...form })).toEqual({});
  expect(changesOf(form, { ...form, timezone: 'Europe/Berlin' })).toEqual({ timezone: 'Europe/Berlin' });
});

test('choices without a value become what the API calls them', () => {
  const form = formOf({ ...settings, audit_retention_days: 90, email_verification: true, auth_mode: 'mixed' });
  expect(form).toMatchObject({ email_verification: 'yes', auth_mode: 'mixed', audit_retention_days: 90 });
  expect(changesOf(form, { ...form, audit_retention_days: '', email_verification: 'no', auth_mode: 'default' })).toEqual({ audit_retention_days: 0, email_verification: false, auth_mode: 'default' });
  expect(changesOf(form, { ...form, email_verification: 'default' })).toEqual({ email_verification: null });
});
