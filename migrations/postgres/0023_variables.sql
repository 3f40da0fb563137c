-- What workflows read as `env.NAME`, and who installed (`userId`). Both are pinned with the revision of the installation
-- (docs/decisions/0020).

-- Variables and secrets of a workflow, set by its developer.
CREATE TABLE workflow_variables (
  tenant_id   TEXT COLLATE "C" NOT NULL,
  workflow_id TEXT COLLATE "C" NOT NULL REFERENCES workflows (id),
  name        TEXT COLLATE "C" NOT NULL,
  secret      BOOLEAN NOT NULL,
  -- The text; of a secret, sealed.
  value       TEXT NOT NULL,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, workflow_id, name)
);

-- The workflow's variables as the revision knew them: a JSON object from name to text, null for a secret. NULL, as a version
-- that does not know it writes: none.
ALTER TABLE installation_revisions ADD COLUMN variables TEXT;

-- The person who installed; no row: an API key did, or a version that did not know of it. A table beside `installations`, whose
-- rows the version before reads with `SELECT *`.
CREATE TABLE installers (
  installation_id TEXT COLLATE "C" PRIMARY KEY REFERENCES installations (id) ON DELETE CASCADE,
  tenant_id       TEXT COLLATE "C" NOT NULL,
  user_id         TEXT COLLATE "C" NOT NULL
);
