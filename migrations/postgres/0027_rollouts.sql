-- Rollouts: how a published version reaches the installations of its workflow (docs/decisions/0023).

-- Belongs to the workflow, so that every workspace that installed it sees it: no tenant column, as other tables of the marketplace.
CREATE TABLE workflow_rollouts (
  id              TEXT COLLATE "C" PRIMARY KEY,
  workflow_id     TEXT COLLATE "C" NOT NULL,
  -- The workspace that deployed the workflow.
  developer_id    TEXT COLLATE "C" NOT NULL,
  -- What new installations get that the rollout does not reach. NULL: there is nothing else.
  from_version_id TEXT COLLATE "C",
  to_version_id   TEXT COLLATE "C" NOT NULL,
  -- Number and semantic version of `to_version_id`.
  to_number       BIGINT NOT NULL,
  to_version      TEXT COLLATE "C" NOT NULL,
  -- Basis points: 10000 is everybody.
  percentage      BIGINT NOT NULL,
  -- Mixed into the buckets, so that others go first than in the rollout before. NULL: the same ones.
  salt            TEXT COLLATE "C",
  -- 'active'; 'complete': everybody who can has it; 'halted': nobody moves, who moved stays; 'rolled_back'; 'superseded' by a later one.
  status          TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'complete', 'halted', 'rolled_back', 'superseded')),
  -- Whether those who moved and whom the percentage does not reach any more go back.
  back            BOOLEAN NOT NULL,
  -- Why it was halted or rolled back.
  reason          TEXT,
  -- When a failing version halts itself, as JSON.
  auto_halt       TEXT NOT NULL,
  started_by      TEXT COLLATE "C" NOT NULL,
  started_at      BIGINT NOT NULL,
  updated_at      BIGINT NOT NULL,
  finished_at     BIGINT,
  -- Counts what may let installations move; the sweep notes the count that its last whole pass began with.
  changed         BIGINT NOT NULL,
  swept           BIGINT NOT NULL,
  swept_at        BIGINT NOT NULL,
  -- The node that moves installations now.
  leased_by       TEXT COLLATE "C",
  lease_until     BIGINT NOT NULL,
  -- Runs of old and new versions that ended from `counted_from` until `counted_until`; what ended later is counted at each look.
  counted_from    BIGINT NOT NULL,
  counted_until   BIGINT NOT NULL,
  new_ended       BIGINT NOT NULL,
  new_failed      BIGINT NOT NULL,
  old_ended       BIGINT NOT NULL,
  old_failed      BIGINT NOT NULL
);
CREATE INDEX workflow_rollouts_workflow ON workflow_rollouts (workflow_id, id);
CREATE UNIQUE INDEX workflow_rollouts_active ON workflow_rollouts (workflow_id) WHERE status = 'active';

-- What a rollout did to an installation; the last word counts.
CREATE TABLE installation_updates (
  rollout_id      TEXT COLLATE "C" NOT NULL,
  installation_id TEXT COLLATE "C" NOT NULL REFERENCES installations (id) ON DELETE CASCADE,
  tenant_id       TEXT COLLATE "C" NOT NULL,
  from_version_id TEXT COLLATE "C" NOT NULL,
  to_version_id   TEXT COLLATE "C" NOT NULL,
  -- 'moved'; 'failed': its migration did; 'update_required': somebody must look first; 'rolled_back'.
  status          TEXT COLLATE "C" NOT NULL CHECK (status IN ('moved', 'failed', 'update_required', 'rolled_back')),
  -- A stable word, and the sentence for the installation's own workspace.
  code            TEXT COLLATE "C",
  message         TEXT,
  at              BIGINT NOT NULL,
  PRIMARY KEY (rollout_id, installation_id)
);
CREATE INDEX installation_updates_installation ON installation_updates (tenant_id, installation_id);

-- Installations that stay at a version whatever is rolled out.
CREATE TABLE installation_pins (
  installation_id TEXT COLLATE "C" PRIMARY KEY REFERENCES installations (id) ON DELETE CASCADE,
  tenant_id       TEXT COLLATE "C" NOT NULL,
  version_id      TEXT COLLATE "C" NOT NULL,
  reason          TEXT NOT NULL,
  pinned_by       TEXT COLLATE "C" NOT NULL,
  pinned_at       BIGINT NOT NULL
);

-- What an installation was configured with when it went over to another version.
CREATE TABLE config_history (
  installation_id TEXT COLLATE "C" NOT NULL REFERENCES installations (id) ON DELETE CASCADE,
  tenant_id       TEXT COLLATE "C" NOT NULL,
  -- The version it left, and the revision that it had there.
  version_id      TEXT COLLATE "C" NOT NULL,
  revision        BIGINT NOT NULL,
  -- As the columns of the same names in `installations`; secrets are sealed.
  config          TEXT NOT NULL,
  secret_names    TEXT NOT NULL,
  secrets         TEXT,
  -- 'rollout', 'rollback', 'update', 'pin'.
  reason          TEXT NOT NULL,
  rollout_id      TEXT COLLATE "C",
  actor           TEXT COLLATE "C" NOT NULL,
  at              BIGINT NOT NULL,
  PRIMARY KEY (installation_id, revision)
);
