-- Alerts: rules about a workflow's runs, who is told, and what is on its way. The month's mail about a spend cap.

CREATE TABLE alert_rules (
  id          TEXT PRIMARY KEY,
  -- Who set it and is told.
  tenant_id   TEXT NOT NULL,
  workflow_id TEXT NOT NULL,
  -- The publisher's: about the runs of all organisations. Otherwise about those of the tenant alone.
  everywhere  INTEGER NOT NULL,
  -- 'module': stated in `metadata.alerts`; 'api': set by somebody.
  source      TEXT NOT NULL CHECK (source IN ('module', 'api')),
  name        TEXT NOT NULL,
  -- `error_rate > 10%`, in the words of the slice.
  condition   TEXT NOT NULL,
  -- Microseconds.
  window_us   INTEGER NOT NULL,
  cooldown_us INTEGER NOT NULL,
  -- Runs without which a rate says nothing.
  min_runs    INTEGER NOT NULL,
  enabled     INTEGER NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('firing', 'resolved')),
  -- What was found when the state changed last, and when that was. NULL: it never fired.
  value       REAL,
  changed_at  INTEGER,
  -- How often it is looked at, until when the last look counted, and when the next one is due. NULL: not enabled.
  every_us    INTEGER NOT NULL,
  looked_at   INTEGER,
  due_at      INTEGER,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX alert_rules_workflow ON alert_rules (tenant_id, workflow_id, id);
CREATE INDEX alert_rules_due ON alert_rules (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE alert_channels (
  id           TEXT PRIMARY KEY,
  tenant_id    TEXT NOT NULL,
  rule_id      TEXT NOT NULL REFERENCES alert_rules (id) ON DELETE CASCADE,
  kind         TEXT NOT NULL CHECK (kind IN ('email', 'webhook', 'slack')),
  -- What is shown of the address.
  host         TEXT,
  -- Address and signing secret.
  sealed       TEXT,
  -- What became of the last delivery.
  delivered_at INTEGER,
  error        TEXT,
  created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX alert_channels_rule ON alert_channels (rule_id, id);

-- What is on its way to webhooks, and was. Written in the transaction of its news.
CREATE TABLE alert_deliveries (
  -- Its receiver sees the same id at each attempt.
  id          TEXT PRIMARY KEY,
  tenant_id   TEXT NOT NULL,
  channel_id  TEXT NOT NULL REFERENCES alert_channels (id) ON DELETE CASCADE,
  body        TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
  attempts    INTEGER NOT NULL,
  -- When it is tried next, or, while somebody tries it, when another one may. NULL: finished.
  due_at      INTEGER,
  claimed_by  TEXT,
  error       TEXT,
  created_at  INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE INDEX alert_deliveries_due ON alert_deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX alert_deliveries_channel ON alert_deliveries (channel_id);
CREATE INDEX alert_deliveries_age ON alert_deliveries (created_at);

-- The cap about which the owners were told in this month.
ALTER TABLE spend ADD COLUMN told_cents INTEGER;
