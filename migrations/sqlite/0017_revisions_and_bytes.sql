-- A run keeps the configuration it was accepted with (docs/decisions/0012); limits of what a workspace keeps, in bytes.

-- What an installation was configured with before each change. The present revision stands in `installations`. Values of
-- secrets are not here: they are always the present ones.
CREATE TABLE installation_revisions (
  installation_id TEXT NOT NULL REFERENCES installations (id) ON DELETE CASCADE,
  tenant_id       TEXT NOT NULL,
  revision        INTEGER NOT NULL,
  -- As the columns of the same names in `installations`.
  config          TEXT NOT NULL,
  secret_names    TEXT NOT NULL,
  -- Connections by service, as a JSON object.
  connections     TEXT NOT NULL,
  -- When the change replaced it.
  replaced_at     INTEGER NOT NULL,
  PRIMARY KEY (installation_id, revision)
) STRICT, WITHOUT ROWID;

-- The revision of its subject that a run is pinned to. NULL, as a version that does not know it writes: the present one.
ALTER TABLE runs ADD COLUMN subject_revision INTEGER;

-- What a workspace may keep at most, in bytes, where the operator decided otherwise than the defaults. NULL: the default. A table
-- beside `tenant_limits`, whose rows the version before reads with `SELECT *`.
CREATE TABLE tenant_byte_limits (
  tenant_id    TEXT PRIMARY KEY REFERENCES tenants (id),
  stored_bytes INTEGER,
  run_bytes    INTEGER,
  updated_at   INTEGER NOT NULL
) STRICT;

-- Bytes that runs of a workspace have journaled, by the day (since 1970, UTC) on which they did; every node adds its own.
CREATE TABLE tenant_journal_bytes (
  tenant_id TEXT NOT NULL,
  day       INTEGER NOT NULL,
  bytes     INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, day)
) STRICT, WITHOUT ROWID;

-- What a generation of a run began with, kept when the run goes over into its next one (`continueWith`). The present generation's
-- stand in `runs`.
CREATE TABLE run_generations (
  run_id     TEXT NOT NULL,
  tenant_id  TEXT NOT NULL,
  generation INTEGER NOT NULL,
  input      TEXT NOT NULL,
  clock_at   INTEGER,
  PRIMARY KEY (run_id, generation)
) STRICT, WITHOUT ROWID;
