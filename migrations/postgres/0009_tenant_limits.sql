-- What a workspace may use at most, where the operator decided otherwise than the defaults. NULL: the default.

CREATE TABLE tenant_limits (
  tenant_id           TEXT COLLATE "C" PRIMARY KEY REFERENCES tenants (id),
  concurrent_runs     BIGINT,
  queued_runs         BIGINT,
  runs_per_minute     BIGINT,
  webhooks_per_minute BIGINT,
  log_lines_per_run   BIGINT,
  updated_at          BIGINT NOT NULL
);
