-- What a workspace may use at most, where the operator decided otherwise than the defaults. NULL: the default.

CREATE TABLE tenant_limits (
  tenant_id           TEXT PRIMARY KEY REFERENCES tenants (id),
  concurrent_runs     INTEGER,
  queued_runs         INTEGER,
  runs_per_minute     INTEGER,
  webhooks_per_minute INTEGER,
  log_lines_per_run   INTEGER,
  updated_at          INTEGER NOT NULL
) STRICT;
