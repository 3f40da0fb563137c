-- The engine: runs, their journal, what they wait for, and the nodes that run them.

CREATE TABLE nodes (
  id          TEXT COLLATE "C" PRIMARY KEY,
  roles       TEXT NOT NULL,
  started_at  BIGINT NOT NULL,
  seen_at     BIGINT NOT NULL,
  -- While a node holds runs it renews this; one row per node, never a heartbeat per run. 0: it holds nothing.
  lease_until BIGINT NOT NULL
);

CREATE TABLE runs (
  id            TEXT COLLATE "C" PRIMARY KEY,
  tenant_id     TEXT COLLATE "C" NOT NULL,
  kind          TEXT COLLATE "C" NOT NULL,
  -- What defines the run (an installation) and exactly which version of it: both opaque to the engine.
  subject       TEXT COLLATE "C" NOT NULL,
  program       TEXT COLLATE "C" NOT NULL,
  trigger       TEXT COLLATE "C" NOT NULL,
  state         TEXT NOT NULL,
  priority      BIGINT NOT NULL,
  -- Fencing: every claim adds one; every write of an owner names it.
  epoch         BIGINT NOT NULL,
  node_id       TEXT COLLATE "C",
  attempt       BIGINT NOT NULL,
  crashes       BIGINT NOT NULL,
  generation    BIGINT NOT NULL,
  due_at        BIGINT NOT NULL,
  -- Where the program's clock stands before the first outcome of this generation.
  clock_at      BIGINT,
  seed          TEXT NOT NULL,
  input         TEXT NOT NULL,
  output        TEXT,
  error         TEXT,
  parent_id     TEXT COLLATE "C",
  parent_generation BIGINT,
  parent_seq    BIGINT,
  retry_of      TEXT COLLATE "C",
  cancel_reason TEXT,
  created_at    BIGINT NOT NULL,
  started_at    BIGINT,
  finished_at   BIGINT
);
CREATE INDEX runs_queue ON runs (tenant_id, priority, due_at, id) WHERE state = 'queued';
CREATE INDEX runs_running ON runs (node_id) WHERE state = 'running';
CREATE INDEX runs_tenant ON runs (tenant_id, id);
CREATE INDEX runs_subject ON runs (tenant_id, subject, id);
CREATE UNIQUE INDEX runs_child ON runs (parent_id, parent_generation, parent_seq) WHERE parent_id IS NOT NULL;
CREATE INDEX runs_finished ON runs (finished_at) WHERE finished_at IS NOT NULL;

-- One row per host call, written when it completes; pos is the order of completion.
CREATE TABLE journal (
  run_id      TEXT COLLATE "C" NOT NULL,
  generation  BIGINT NOT NULL,
  pos         BIGINT NOT NULL,
  seq         BIGINT NOT NULL,
  kind        TEXT COLLATE "C" NOT NULL,
  args_hash   TEXT NOT NULL,
  args        TEXT NOT NULL,
  ok          BOOLEAN NOT NULL,
  outcome     TEXT NOT NULL,
  started_at  BIGINT NOT NULL,
  finished_at BIGINT NOT NULL,
  PRIMARY KEY (run_id, generation, pos)
);

-- Calls marked atMostOnce: committed before they are performed, so that a crash leaves `unknown`, never a second attempt.
CREATE TABLE intents (
  run_id     TEXT COLLATE "C" NOT NULL,
  generation BIGINT NOT NULL,
  seq        BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (run_id, generation, seq)
);

CREATE TABLE waits (
  run_id     TEXT COLLATE "C" NOT NULL,
  generation BIGINT NOT NULL,
  seq        BIGINT NOT NULL,
  tenant_id  TEXT COLLATE "C" NOT NULL,
  kind       TEXT COLLATE "C" NOT NULL,
  args_hash  TEXT NOT NULL,
  args       TEXT NOT NULL,
  key        TEXT COLLATE "C" NOT NULL,
  due_at     BIGINT,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (run_id, generation, seq)
);
CREATE INDEX waits_due ON waits (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX waits_key ON waits (tenant_id, kind, key);

-- Outcomes that arrived from outside a run's own activation; the owner moves them to the journal under its fence.
CREATE TABLE inbox (
  run_id     TEXT COLLATE "C" NOT NULL,
  generation BIGINT NOT NULL,
  seq        BIGINT NOT NULL,
  ok         BOOLEAN NOT NULL,
  outcome    TEXT NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (run_id, generation, seq)
);

CREATE TABLE run_logs (
  run_id  TEXT COLLATE "C" NOT NULL,
  n       BIGINT NOT NULL,
  level   TEXT NOT NULL,
  at      BIGINT NOT NULL,
  message TEXT NOT NULL,
  data    TEXT,
  PRIMARY KEY (run_id, n)
);

-- Idempotent intake: one delivery, one run.
CREATE TABLE deliveries (
  trigger     TEXT COLLATE "C" NOT NULL,
  delivery_id TEXT COLLATE "C" NOT NULL,
  run_id      TEXT COLLATE "C" NOT NULL,
  expires_at  BIGINT NOT NULL,
  PRIMARY KEY (trigger, delivery_id)
);
CREATE INDEX deliveries_expiry ON deliveries (expires_at);

CREATE TABLE schedules (
  id         TEXT COLLATE "C" PRIMARY KEY,
  tenant_id  TEXT COLLATE "C" NOT NULL,
  subject    TEXT COLLATE "C" NOT NULL,
  -- `cron` (five fields) or `every` (seconds); exactly one.
  cron       TEXT,
  every_s    BIGINT,
  timezone   TEXT NOT NULL,
  -- After downtime: `skip` what was missed, run the `latest`, or `all` of it.
  catch_up   TEXT NOT NULL,
  next_at    BIGINT,
  last_at    BIGINT
);
CREATE INDEX schedules_next ON schedules (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX schedules_subject ON schedules (tenant_id, subject);

-- Payloads over 16 KiB where no shared directory is configured: content-addressed, zstd.
CREATE TABLE payloads (
  tenant_id  TEXT COLLATE "C" NOT NULL,
  hash       TEXT COLLATE "C" NOT NULL,
  bytes      BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, hash)
);
CREATE INDEX payloads_age ON payloads (created_at);
