-- Versions that are published, deprecated and restored; what their modules can be asked; code that is compared.
-- A version from before this, or of an older node beside this one, counts as published.

ALTER TABLE workflow_versions ADD COLUMN state TEXT COLLATE "C" NOT NULL DEFAULT 'published' CHECK (state IN ('draft', 'pending', 'approved', 'rejected', 'published', 'deprecated'));
ALTER TABLE workflow_versions ADD COLUMN notes TEXT;
ALTER TABLE workflow_versions ADD COLUMN is_breaking BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE workflow_versions ADD COLUMN breaking_description TEXT;
-- Paths of the module's functions, as a JSON list. NULL: nobody asked it.
ALTER TABLE workflow_versions ADD COLUMN functions TEXT;
-- The number of the version whose content this one repeats.
ALTER TABLE workflow_versions ADD COLUMN restored_from BIGINT;
ALTER TABLE workflow_versions ADD COLUMN created_by TEXT COLLATE "C";
ALTER TABLE workflow_versions ADD COLUMN published_by TEXT COLLATE "C";
ALTER TABLE workflow_versions ADD COLUMN published_at BIGINT;
ALTER TABLE workflow_versions ADD COLUMN deprecated_at BIGINT;
ALTER TABLE workflow_versions ADD COLUMN deprecation_reason TEXT;

-- A restored version has the content of an older one; a deploy of one content still makes one version.
DROP INDEX workflow_versions_content;
CREATE UNIQUE INDEX workflow_versions_content ON workflow_versions (workflow_id, bundle_hash) WHERE restored_from IS NULL;
CREATE INDEX workflow_versions_pending ON workflow_versions (state, id) WHERE state = 'pending';

-- What the code of a published workflow is compared by: the smallest hashes of its word groups. No code.
CREATE TABLE marketplace_code (
  integration_id TEXT COLLATE "C" PRIMARY KEY REFERENCES marketplace_integrations (id),
  developer_id   TEXT COLLATE "C" NOT NULL,
  -- Eight bytes each, ascending.
  sketch         BYTEA NOT NULL
);
