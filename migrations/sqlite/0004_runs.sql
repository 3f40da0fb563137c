-- What runs keep and ask for: storage, KV, approvals.

-- Isolated per workflow per tenant (seed 000, "Data Isolation").
CREATE TABLE storage (
  tenant_id   TEXT NOT NULL,
  workflow_id TEXT NOT NULL,
  key         TEXT NOT NULL,
  value       TEXT NOT NULL,
  bytes       INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, workflow_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE kv (
  tenant_id   TEXT NOT NULL,
  workflow_id TEXT NOT NULL,
  key         TEXT NOT NULL,
  value       TEXT NOT NULL,
  expires_at  INTEGER,
  updated_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, workflow_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE approvals (
  id          TEXT PRIMARY KEY,
  tenant_id   TEXT NOT NULL,
  run_id      TEXT NOT NULL,
  generation  INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  title       TEXT NOT NULL,
  detail      TEXT NOT NULL,
  approvers   TEXT NOT NULL,
  status      TEXT NOT NULL,
  decided_by  TEXT,
  comment     TEXT,
  created_at  INTEGER NOT NULL,
  due_at      INTEGER,
  decided_at  INTEGER
) STRICT;
CREATE UNIQUE INDEX approvals_call ON approvals (run_id, generation, seq);
CREATE INDEX approvals_tenant ON approvals (tenant_id, status, id);
