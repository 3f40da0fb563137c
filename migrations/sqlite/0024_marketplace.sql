-- Workflows beyond their own workspace: listings, who may use them, and installations of another workspace's workflow.
-- Tables of the marketplace belong to nobody alone: they have no tenant column, and a workspace's own transaction reads them.

-- What is shown of a workflow, and to whom. `id` is the workflow's; `developer_id` the workspace that deployed it.
CREATE TABLE marketplace_integrations (
  id                 TEXT PRIMARY KEY,
  developer_id       TEXT NOT NULL,
  -- The word in addresses: what the module states, while no other developer has it.
  slug               TEXT NOT NULL UNIQUE,
  name               TEXT NOT NULL,
  tagline            TEXT NOT NULL,
  description        TEXT NOT NULL,
  category           TEXT NOT NULL,
  icon               TEXT,
  -- 'draft': only its own workspace knows it. 'published'. 'deprecated': installations go on, new ones are warned.
  status             TEXT NOT NULL CHECK (status IN ('draft', 'published', 'deprecated')),
  visibility         TEXT NOT NULL DEFAULT 'public' CHECK (visibility IN ('public', 'private', 'unlisted')),
  credential_mode    TEXT NOT NULL DEFAULT 'system' CHECK (credential_mode IN ('system', 'developer', 'hybrid')),
  -- 'free', 'freemium', 'subscription', 'usage', 'one-time', 'paid'.
  pricing_model      TEXT NOT NULL,
  -- Cents.
  base_price         INTEGER NOT NULL,
  complexity_tier    TEXT,
  -- The module's `pricing` and `metadata`, as JSON.
  pricing_details    TEXT NOT NULL,
  metadata           TEXT NOT NULL,
  -- Services it uses, words to search in: lower case.
  services           TEXT NOT NULL,
  words              TEXT NOT NULL,
  -- The version that the marketplace shows.
  current_version_id TEXT,
  -- Organisations that have it now.
  installs           INTEGER NOT NULL DEFAULT 0,
  featured           INTEGER NOT NULL DEFAULT 0,
  created_at         INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL,
  published_at       INTEGER,
  deleted_at         INTEGER
) STRICT;
CREATE INDEX marketplace_integrations_developer ON marketplace_integrations (developer_id, id);
CREATE INDEX marketplace_integrations_listed ON marketplace_integrations (status, visibility, id);

-- Who may use a private workflow (seed 001; five kinds: spec marketplace §3). Rows are never deleted.
CREATE TABLE workflow_access_grants (
  id             TEXT PRIMARY KEY,
  integration_id TEXT NOT NULL REFERENCES marketplace_integrations (id),
  grant_type     TEXT NOT NULL CHECK (grant_type IN ('user', 'email', 'email_domain', 'organization', 'access_code')),
  -- Normalised; of a code its keyed hash.
  grant_value    TEXT NOT NULL,
  -- What may be shown of a code.
  value_hint     TEXT,
  -- How many different people (or, of an organisation grant, people of it) may take it up; NULL: any number.
  max_installs   INTEGER,
  used           INTEGER NOT NULL DEFAULT 0,
  expires_at     INTEGER,
  granted_by     TEXT NOT NULL,
  -- 'metadata': the module states it, and a deploy that does not any more revokes it. 'api': a person's.
  origin         TEXT NOT NULL,
  notes          TEXT,
  created_at     INTEGER NOT NULL,
  revoked_at     INTEGER
) STRICT;
CREATE UNIQUE INDEX workflow_access_grants_live ON workflow_access_grants (integration_id, grant_type, grant_value) WHERE revoked_at IS NULL;
CREATE INDEX workflow_access_grants_value ON workflow_access_grants (grant_type, grant_value);

-- Who took a grant up: redeemed a code, or installed by a grant that counts.
CREATE TABLE workflow_access_redemptions (
  id              TEXT PRIMARY KEY,
  grant_id        TEXT NOT NULL REFERENCES workflow_access_grants (id),
  -- The person; the workspace, when an API key installed.
  user_id         TEXT NOT NULL,
  installation_id TEXT,
  redeemed_at     INTEGER NOT NULL,
  UNIQUE (grant_id, user_id)
) STRICT;
CREATE INDEX workflow_access_redemptions_user ON workflow_access_redemptions (user_id, grant_id);

-- The workspace whose workflow it is; NULL: the installation's own.
ALTER TABLE installations ADD COLUMN publisher_id TEXT;
-- `<workflow>:<name>` while it is installed: two of one name do not stand side by side. NULL: older than this, or uninstalled.
ALTER TABLE installations ADD COLUMN instance_key TEXT;
CREATE UNIQUE INDEX installations_instance ON installations (tenant_id, instance_key);
-- Why it stands as it does, as a stable word: 'access_revoked', 'hook_failed', 'uninstalled' …; `problem` says it in a sentence.
ALTER TABLE installations ADD COLUMN status_reason TEXT;
-- Access that an older visibility gave and the present one would not.
ALTER TABLE installations ADD COLUMN grandfathered INTEGER NOT NULL DEFAULT 0;
-- Uninstalled: its data is kept for a while, its row tells what was.
ALTER TABLE installations ADD COLUMN uninstalled_at INTEGER;
-- 'system' or 'developer', where the person who installed chose (credential mode `hybrid`).
ALTER TABLE installations ADD COLUMN credential_source TEXT;
