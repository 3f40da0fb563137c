-- What single sign-on vouched for is looked at again: at which provider a session began, whether domains still are the
-- workspace's, and which short names a workspace had before.

-- 'default' or the id of a workspace's own provider; NULL: none, or a session of the release before.
ALTER TABLE sessions ADD COLUMN provider TEXT;
-- What the provider calls its own session of the person (`sid`); NULL: it told none.
ALTER TABLE sessions ADD COLUMN provider_session TEXT;
CREATE INDEX sessions_provider ON sessions (provider) WHERE provider IS NOT NULL;

-- Of a device that was allowed: where the session that allowed it had begun.
ALTER TABLE device_logins ADD COLUMN provider TEXT;

-- When the TXT record was looked for last, since when it has been gone, and when the domain stopped to count because of that.
ALTER TABLE tenant_auto_provision_domains ADD COLUMN checked_at INTEGER;
ALTER TABLE tenant_auto_provision_domains ADD COLUMN missing_since INTEGER;
ALTER TABLE tenant_auto_provision_domains ADD COLUMN lapsed_at INTEGER;

-- Short names that workspaces gave up: links with them go on, and nobody else gets them until kept_until.
CREATE TABLE former_slugs (
  slug       TEXT PRIMARY KEY,
  tenant_id  TEXT NOT NULL REFERENCES tenants (id),
  kept_until INTEGER NOT NULL
) STRICT;
CREATE INDEX former_slugs_tenant ON former_slugs (tenant_id);
