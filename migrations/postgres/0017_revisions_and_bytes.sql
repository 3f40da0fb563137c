-- A run keeps the configuration it was accepted with (docs/decisions/0012); limits of what a workspace keeps, in bytes.

-- What an installation was configured with before each change. The present revision stands in `installations`. Values of
-- secrets are not here: they are always the present ones.
CREATE TABLE installation_revisions (
  installation_id TEXT COLLATE "C" NOT NULL REFERENCES installations (id) ON DELETE CASCADE,
  tenant_id       TEXT COLLATE "C" NOT NULL,
  revision        BIGINT NOT NULL,
  -- As the columns of the same names in `installations`.
  config          TEXT NOT NULL,
  secret_names    TEXT NOT NULL,
  -- Connections by service, as a JSON object.
  connections     TEXT NOT NULL,
  -- When the change replaced it.
  replaced_at     BIGINT NOT NULL,
  PRIMARY KEY (installation_id, revision)
);

-- The revision of its subject that a run is pinned to. NULL, as a version that does not know it writes: the present one.
ALTER TABLE runs ADD COLUMN subject_revision BIGINT;

-- What a workspace may keep at most, in bytes, where the operator decided otherwise than the defaults. NULL: the default. A table
-- beside `tenant_limits`, whose rows the version before reads with `SELECT *`.
CREATE TABLE tenant_byte_limits (
  tenant_id    TEXT COLLATE "C" PRIMARY KEY REFERENCES tenants (id),
  stored_bytes BIGINT,
  run_bytes    BIGINT,
  updated_at   BIGINT NOT NULL
);

-- Bytes that runs of a workspace have journaled, by the day (since 1970, UTC) on which they did; every node adds its own.
CREATE TABLE tenant_journal_bytes (
  tenant_id TEXT COLLATE "C" NOT NULL,
  day       BIGINT NOT NULL,
  bytes     BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, day)
);

-- What a generation of a run began with, kept when the run goes over into its next one (`continueWith`). The present generation's
-- stand in `runs`.
CREATE TABLE run_generations (
  run_id     TEXT COLLATE "C" NOT NULL,
  tenant_id  TEXT COLLATE "C" NOT NULL,
  generation BIGINT NOT NULL,
  input      TEXT NOT NULL,
  clock_at   BIGINT,
  PRIMARY KEY (run_id, generation)
);
