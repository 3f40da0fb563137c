-- The engine: runs, their journal, what they wait for, and the nodes that run them.

CREATE TABLE nodes (
  id          TEXT PRIMARY KEY,
  roles       TEXT NOT NULL,
  started_at  INTEGER NOT NULL,
  seen_at     INTEGER NOT NULL,
  -- While a node holds runs it renews this; one row per node, never a heartbeat per run. 0: it holds nothing.
  lease_until INTEGER NOT NULL
) STRICT;

CREATE TABLE runs (
  id            TEXT PRIMARY KEY,
  tenant_id     TEXT NOT NULL,
  kind          TEXT NOT NULL,
  -- What defines the run (an installation) and exactly which version of it: both opaque to the engine.
  subject       TEXT NOT NULL,
  program       TEXT NOT NULL,
  trigger       TEXT NOT NULL,
  state         TEXT NOT NULL,
  priority      INTEGER NOT NULL,
  -- Fencing: every claim adds one; every write of an owner names it.
  epoch         INTEGER NOT NULL,
  node_id       TEXT,
  attempt       INTEGER NOT NULL,
  crashes       INTEGER NOT NULL,
  generation    INTEGER NOT NULL,
  due_at        INTEGER NOT NULL,
  -- Where the program's clock stands before the first outcome of this generation.
  clock_at      INTEGER,
  seed          TEXT NOT NULL,
  input         TEXT NOT NULL,
  output        TEXT,
  error         TEXT,
  parent_id     TEXT,
  parent_generation INTEGER,
  parent_seq    INTEGER,
  retry_of      TEXT,
  cancel_reason TEXT,
  created_at    INTEGER NOT NULL,
  started_at    INTEGER,
  finished_at   INTEGER
) STRICT;
CREATE INDEX runs_queue ON runs (tenant_id, priority, due_at, id) WHERE state = 'queued';
CREATE INDEX runs_running ON runs (node_id) WHERE state = 'running';
CREATE INDEX runs_tenant ON runs (tenant_id, id);
CREATE INDEX runs_subject ON runs (tenant_id, subject, id);
CREATE UNIQUE INDEX runs_child ON runs (parent_id, parent_generation, parent_seq) WHERE parent_id IS NOT NULL;
CREATE INDEX runs_finished ON runs (finished_at) WHERE finished_at IS NOT NULL;

-- One row per host call, written when it completes; pos is the order of completion.
CREATE TABLE journal (
  run_id      TEXT NOT NULL,
  generation  INTEGER NOT NULL,
  pos         INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  args_hash   TEXT NOT NULL,
  args        TEXT NOT NULL,
  ok          INTEGER NOT NULL,
  outcome     TEXT NOT NULL,
  started_at  INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  PRIMARY KEY (run_id, generation, pos)
) STRICT, WITHOUT ROWID;

-- Calls marked atMostOnce: committed before they are performed, so that a crash leaves `unknown`, never a second attempt.
CREATE TABLE intents (
  run_id     TEXT NOT NULL,
  generation INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (run_id, generation, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE waits (
  run_id     TEXT NOT NULL,
  generation INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  tenant_id  TEXT NOT NULL,
  kind       TEXT NOT NULL,
  args_hash  TEXT NOT NULL,
  args       TEXT NOT NULL,
  key        TEXT NOT NULL,
  due_at     INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (run_id, generation, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX waits_due ON waits (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX waits_key ON waits (tenant_id, kind, key);

-- Outcomes that arrived from outside a run's own activation; the owner moves them to the journal under its fence.
CREATE TABLE inbox (
  run_id     TEXT NOT NULL,
  generation INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  ok         INTEGER NOT NULL,
  outcome    TEXT NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (run_id, generation, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_logs (
  run_id  TEXT NOT NULL,
  n       INTEGER NOT NULL,
  level   TEXT NOT NULL,
  at      INTEGER NOT NULL,
  message TEXT NOT NULL,
  data    TEXT,
  PRIMARY KEY (run_id, n)
) STRICT, WITHOUT ROWID;

-- Idempotent intake: one delivery, one run.
CREATE TABLE deliveries (
  trigger     TEXT NOT NULL,
  delivery_id TEXT NOT NULL,
  run_id      TEXT NOT NULL,
  expires_at  INTEGER NOT NULL,
  PRIMARY KEY (trigger, delivery_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_expiry ON deliveries (expires_at);

CREATE TABLE schedules (
  id         TEXT PRIMARY KEY,
  tenant_id  TEXT NOT NULL,
  subject    TEXT NOT NULL,
  -- `cron` (five fields) or `every` (seconds); exactly one.
  cron       TEXT,
  every_s    INTEGER,
  timezone   TEXT NOT NULL,
  -- After downtime: `skip` what was missed, run the `latest`, or `all` of it.
  catch_up   TEXT NOT NULL,
  next_at    INTEGER,
  last_at    INTEGER
) STRICT;
CREATE INDEX schedules_next ON schedules (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX schedules_subject ON schedules (tenant_id, subject);

-- Payloads over 16 KiB where no shared directory is configured: content-addressed, zstd.
CREATE TABLE payloads (
  tenant_id  TEXT NOT NULL,
  hash       TEXT NOT NULL,
  bytes      BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX payloads_age ON payloads (created_at);
