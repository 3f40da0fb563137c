-- What runs keep and ask for: storage, KV, approvals.

-- Isolated per workflow per tenant (seed 000, "Data Isolation").
CREATE TABLE storage (
  tenant_id   TEXT COLLATE "C" NOT NULL,
  workflow_id TEXT COLLATE "C" NOT NULL,
  key         TEXT COLLATE "C" NOT NULL,
  value       TEXT NOT NULL,
  bytes       BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, workflow_id, key)
);

CREATE TABLE kv (
  tenant_id   TEXT COLLATE "C" NOT NULL,
  workflow_id TEXT COLLATE "C" NOT NULL,
  key         TEXT COLLATE "C" NOT NULL,
  value       TEXT NOT NULL,
  expires_at  BIGINT,
  updated_at  BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, workflow_id, key)
);

CREATE TABLE approvals (
  id          TEXT COLLATE "C" PRIMARY KEY,
  tenant_id   TEXT COLLATE "C" NOT NULL,
  run_id      TEXT COLLATE "C" NOT NULL,
  generation  BIGINT NOT NULL,
  seq         BIGINT NOT NULL,
  title       TEXT NOT NULL,
  detail      TEXT NOT NULL,
  approvers   TEXT NOT NULL,
  status      TEXT COLLATE "C" NOT NULL,
  decided_by  TEXT,
  comment     TEXT,
  created_at  BIGINT NOT NULL,
  due_at      BIGINT,
  decided_at  BIGINT
);
CREATE UNIQUE INDEX approvals_call ON approvals (run_id, generation, seq);
CREATE INDEX approvals_tenant ON approvals (tenant_id, status, id);
