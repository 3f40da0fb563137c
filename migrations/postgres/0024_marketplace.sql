-- Workflows beyond their own workspace: listings, who may use them, and installations of another workspace's workflow.
-- Tables of the marketplace belong to nobody alone: they have no tenant column, and a workspace's own transaction reads them.

-- What is shown of a workflow, and to whom. `id` is the workflow's; `developer_id` the workspace that deployed it.
CREATE TABLE marketplace_integrations (
  id                 TEXT COLLATE "C" PRIMARY KEY,
  developer_id       TEXT COLLATE "C" NOT NULL,
  -- The word in addresses: what the module states, while no other developer has it.
  slug               TEXT COLLATE "C" NOT NULL UNIQUE,
  name               TEXT NOT NULL,
  tagline            TEXT NOT NULL,
  description        TEXT NOT NULL,
  category           TEXT COLLATE "C" NOT NULL,
  icon               TEXT,
  -- 'draft': only its own workspace knows it. 'published'. 'deprecated': installations go on, new ones are warned.
  status             TEXT COLLATE "C" NOT NULL CHECK (status IN ('draft', 'published', 'deprecated')),
  visibility         TEXT COLLATE "C" NOT NULL DEFAULT 'public' CHECK (visibility IN ('public', 'private', 'unlisted')),
  credential_mode    TEXT COLLATE "C" NOT NULL DEFAULT 'system' CHECK (credential_mode IN ('system', 'developer', 'hybrid')),
  -- 'free', 'freemium', 'subscription', 'usage', 'one-time', 'paid'.
  pricing_model      TEXT COLLATE "C" NOT NULL,
  -- Cents.
  base_price         BIGINT NOT NULL,
  complexity_tier    TEXT COLLATE "C",
  -- The module's `pricing` and `metadata`, as JSON.
  pricing_details    TEXT NOT NULL,
  metadata           TEXT NOT NULL,
  -- Services it uses, words to search in: lower case.
  services           TEXT NOT NULL,
  words              TEXT NOT NULL,
  -- The version that the marketplace shows.
  current_version_id TEXT COLLATE "C",
  -- Organisations that have it now.
  installs           BIGINT NOT NULL DEFAULT 0,
  featured           BOOLEAN NOT NULL DEFAULT false,
  created_at         BIGINT NOT NULL,
  updated_at         BIGINT NOT NULL,
  published_at       BIGINT,
  deleted_at         BIGINT
);
CREATE INDEX marketplace_integrations_developer ON marketplace_integrations (developer_id, id);
CREATE INDEX marketplace_integrations_listed ON marketplace_integrations (status, visibility, id);

-- Who may use a private workflow (seed 001; five kinds: spec marketplace §3). Rows are never deleted.
CREATE TABLE workflow_access_grants (
  id             TEXT COLLATE "C" PRIMARY KEY,
  integration_id TEXT COLLATE "C" NOT NULL REFERENCES marketplace_integrations (id),
  grant_type     TEXT COLLATE "C" NOT NULL CHECK (grant_type IN ('user', 'email', 'email_domain', 'organization', 'access_code')),
  -- Normalised; of a code its keyed hash.
  grant_value    TEXT COLLATE "C" NOT NULL,
  -- What may be shown of a code.
  value_hint     TEXT,
  -- How many different people (or, of an organisation grant, people of it) may take it up; NULL: any number.
  max_installs   BIGINT,
  used           BIGINT NOT NULL DEFAULT 0,
  expires_at     BIGINT,
  granted_by     TEXT COLLATE "C" NOT NULL,
  -- 'metadata': the module states it, and a deploy that does not any more revokes it. 'api': a person's.
  origin         TEXT COLLATE "C" NOT NULL,
  notes          TEXT,
  created_at     BIGINT NOT NULL,
  revoked_at     BIGINT
);
CREATE UNIQUE INDEX workflow_access_grants_live ON workflow_access_grants (integration_id, grant_type, grant_value) WHERE revoked_at IS NULL;
CREATE INDEX workflow_access_grants_value ON workflow_access_grants (grant_type, grant_value);

-- Who took a grant up: redeemed a code, or installed by a grant that counts.
CREATE TABLE workflow_access_redemptions (
  id              TEXT COLLATE "C" PRIMARY KEY,
  grant_id        TEXT COLLATE "C" NOT NULL REFERENCES workflow_access_grants (id),
  -- The person; the workspace, when an API key installed.
  user_id         TEXT COLLATE "C" NOT NULL,
  installation_id TEXT COLLATE "C",
  redeemed_at     BIGINT NOT NULL,
  UNIQUE (grant_id, user_id)
);
CREATE INDEX workflow_access_redemptions_user ON workflow_access_redemptions (user_id, grant_id);

-- The workspace whose workflow it is; NULL: the installation's own.
ALTER TABLE installations ADD COLUMN publisher_id TEXT COLLATE "C";
-- `<workflow>:<name>` while it is installed: two of one name do not stand side by side. NULL: older than this, or uninstalled.
ALTER TABLE installations ADD COLUMN instance_key TEXT COLLATE "C";
CREATE UNIQUE INDEX installations_instance ON installations (tenant_id, instance_key);
-- Why it stands as it does, as a stable word: 'access_revoked', 'hook_failed', 'uninstalled' …; `problem` says it in a sentence.
ALTER TABLE installations ADD COLUMN status_reason TEXT COLLATE "C";
-- Access that an older visibility gave and the present one would not.
ALTER TABLE installations ADD COLUMN grandfathered BOOLEAN NOT NULL DEFAULT false;
-- Uninstalled: its data is kept for a while, its row tells what was.
ALTER TABLE installations ADD COLUMN uninstalled_at BIGINT;
-- 'system' or 'developer', where the person who installed chose (credential mode `hybrid`).
ALTER TABLE installations ADD COLUMN credential_source TEXT COLLATE "C";
