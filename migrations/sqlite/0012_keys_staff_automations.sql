-- What API keys were made for and by whom; the operator's staff and their looks into workspaces; and of automations what the
-- partner API reads.

-- A key with scopes keeps its hash here and an empty one in secret_hash: a node of the release before, which would not know
-- what the scopes withhold, then takes it for nobody's.
ALTER TABLE api_keys ADD COLUMN scoped_hash TEXT;
-- The last four characters of the secret, by which people tell keys apart.
ALTER TABLE api_keys ADD COLUMN last4 TEXT;
-- People; NULL: the first start.
ALTER TABLE api_keys ADD COLUMN created_by TEXT;
ALTER TABLE api_keys ADD COLUMN revoked_by TEXT;
-- As coarse as last_used_at.
ALTER TABLE api_keys ADD COLUMN last_used_ip TEXT;

CREATE TABLE staff_roles (
  user_id    TEXT NOT NULL REFERENCES users (id),
  role       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, role)
) STRICT;

-- The workspaces that a member of staff may ask support access to; tenant_id '*': all.
CREATE TABLE staff_tenants (
  user_id    TEXT NOT NULL REFERENCES users (id),
  tenant_id  TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, tenant_id)
) STRICT;

-- A time-boxed look of a member of staff into a workspace.
CREATE TABLE support_accesses (
  id         TEXT PRIMARY KEY,
  tenant_id  TEXT NOT NULL REFERENCES tenants (id),
  user_id    TEXT NOT NULL REFERENCES users (id),
  reason     TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at   INTEGER,
  -- The person who ended it before its time.
  ended_by   TEXT
) STRICT;
CREATE INDEX support_accesses_tenant ON support_accesses (tenant_id, id);
CREATE INDEX support_accesses_user ON support_accesses (user_id, id);

CREATE TABLE automations (
  id                 TEXT PRIMARY KEY,
  tenant_id          TEXT NOT NULL REFERENCES tenants (id),
  name               TEXT NOT NULL,
  department         TEXT,
  owner_id           TEXT NOT NULL,
  created_by_user_id TEXT NOT NULL,
  -- 'active', 'archived'.
  status             TEXT NOT NULL,
  created_at         INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX automations_name ON automations (tenant_id, lower(name)) WHERE status = 'active';

CREATE TABLE automation_versions (
  id            TEXT PRIMARY KEY,
  tenant_id     TEXT NOT NULL,
  automation_id TEXT NOT NULL,
  version       TEXT NOT NULL,
  major         INTEGER NOT NULL,
  minor         INTEGER NOT NULL,
  patch         INTEGER NOT NULL,
  status        TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  UNIQUE (tenant_id, id),
  UNIQUE (automation_id, major, minor, patch),
  FOREIGN KEY (tenant_id, automation_id) REFERENCES automations (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX automation_versions_live ON automation_versions (automation_id) WHERE status = 'Live';
CREATE INDEX automation_versions_newest ON automation_versions (tenant_id, automation_id, created_at);

-- Which installation performs a version.
CREATE TABLE workflow_bindings (
  automation_version_id TEXT PRIMARY KEY,
  tenant_id             TEXT NOT NULL,
  -- An installation's id.
  runtime_workflow_id   TEXT UNIQUE,
  status                TEXT NOT NULL,
  created_at            INTEGER NOT NULL,
  updated_at            INTEGER NOT NULL,
  FOREIGN KEY (tenant_id, automation_version_id) REFERENCES automation_versions (tenant_id, id)
) STRICT;
