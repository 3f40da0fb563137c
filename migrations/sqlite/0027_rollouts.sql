-- Rollouts: how a published version reaches the installations of its workflow (docs/decisions/0023).

-- Belongs to the workflow, so that every workspace that installed it sees it: no tenant column, as other tables of the marketplace.
CREATE TABLE workflow_rollouts (
  id              TEXT PRIMARY KEY,
  workflow_id     TEXT NOT NULL,
  -- The workspace that deployed the workflow.
  developer_id    TEXT NOT NULL,
  -- What new installations get that the rollout does not reach. NULL: there is nothing else.
  from_version_id TEXT,
  to_version_id   TEXT NOT NULL,
  -- Number and semantic version of `to_version_id`.
  to_number       INTEGER NOT NULL,
  to_version      TEXT NOT NULL,
  -- Basis points: 10000 is everybody.
  percentage      INTEGER NOT NULL,
  -- Mixed into the buckets, so that others go first than in the rollout before. NULL: the same ones.
  salt            TEXT,
  -- 'active'; 'complete': everybody who can has it; 'halted': nobody moves, who moved stays; 'rolled_back'; 'superseded' by a later one.
  status          TEXT NOT NULL CHECK (status IN ('active', 'complete', 'halted', 'rolled_back', 'superseded')),
  -- Whether those who moved and whom the percentage does not reach any more go back.
  back            INTEGER NOT NULL,
  -- Why it was halted or rolled back.
  reason          TEXT,
  -- When a failing version halts itself, as JSON.
  auto_halt       TEXT NOT NULL,
  started_by      TEXT NOT NULL,
  started_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  finished_at     INTEGER,
  -- Counts what may let installations move; the sweep notes the count that its last whole pass began with.
  changed         INTEGER NOT NULL,
  swept           INTEGER NOT NULL,
  swept_at        INTEGER NOT NULL,
  -- The node that moves installations now.
  leased_by       TEXT,
  lease_until     INTEGER NOT NULL,
  -- Runs of old and new versions that ended from `counted_from` until `counted_until`; what ended later is counted at each look.
  counted_from    INTEGER NOT NULL,
  counted_until   INTEGER NOT NULL,
  new_ended       INTEGER NOT NULL,
  new_failed      INTEGER NOT NULL,
  old_ended       INTEGER NOT NULL,
  old_failed      INTEGER NOT NULL
) STRICT;
CREATE INDEX workflow_rollouts_workflow ON workflow_rollouts (workflow_id, id);
CREATE UNIQUE INDEX workflow_rollouts_active ON workflow_rollouts (workflow_id) WHERE status = 'active';

-- What a rollout did to an installation; the last word counts.
CREATE TABLE installation_updates (
  rollout_id      TEXT NOT NULL,
  installation_id TEXT NOT NULL REFERENCES installations (id) ON DELETE CASCADE,
  tenant_id       TEXT NOT NULL,
  from_version_id TEXT NOT NULL,
  to_version_id   TEXT NOT NULL,
  -- 'moved'; 'failed': its migration did; 'update_required': somebody must look first; 'rolled_back'.
  status          TEXT NOT NULL CHECK (status IN ('moved', 'failed', 'update_required', 'rolled_back')),
  -- A stable word, and the sentence for the installation's own workspace.
  code            TEXT,
  message         TEXT,
  at              INTEGER NOT NULL,
  PRIMARY KEY (rollout_id, installation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX installation_updates_installation ON installation_updates (tenant_id, installation_id);

-- Installations that stay at a version whatever is rolled out.
CREATE TABLE installation_pins (
  installation_id TEXT PRIMARY KEY REFERENCES installations (id) ON DELETE CASCADE,
  tenant_id       TEXT NOT NULL,
  version_id      TEXT NOT NULL,
  reason          TEXT NOT NULL,
  pinned_by       TEXT NOT NULL,
  pinned_at       INTEGER NOT NULL
) STRICT;

-- What an installation was configured with when it went over to another version.
CREATE TABLE config_history (
  installation_id TEXT NOT NULL REFERENCES installations (id) ON DELETE CASCADE,
  tenant_id       TEXT NOT NULL,
  -- The version it left, and the revision that it had there.
  version_id      TEXT NOT NULL,
  revision        INTEGER NOT NULL,
  -- As the columns of the same names in `installations`; secrets are sealed.
  config          TEXT NOT NULL,
  secret_names    TEXT NOT NULL,
  secrets         TEXT,
  -- 'rollout', 'rollback', 'update', 'pin'.
  reason          TEXT NOT NULL,
  rollout_id      TEXT,
  actor           TEXT NOT NULL,
  at              INTEGER NOT NULL,
  PRIMARY KEY (installation_id, revision)
) STRICT, WITHOUT ROWID;
