-- Figures of workflows, and money: who started a run, daily roll-ups, what runs cost, what developers earn.

-- The person or API key who asked for a run. NULL: nobody did, or a version before this wrote it.
ALTER TABLE runs ADD COLUMN started_by TEXT;

-- What ended on a day (since 1970, UTC) stays known when the runs are forgotten.
CREATE TABLE analytics_daily (
  day             INTEGER NOT NULL,
  tenant_id       TEXT NOT NULL,
  workflow_id     TEXT NOT NULL,
  installation_id TEXT NOT NULL,
  version_id      TEXT NOT NULL,
  completed       INTEGER NOT NULL,
  failed          INTEGER NOT NULL,
  cancelled       INTEGER NOT NULL,
  skipped         INTEGER NOT NULL,
  -- Microseconds from acceptance to end, of completed and failed runs together.
  duration        INTEGER NOT NULL,
  PRIMARY KEY (day, tenant_id, installation_id, version_id)
) STRICT;
CREATE INDEX analytics_daily_workflow ON analytics_daily (workflow_id, day);

-- How far background work of the figures has come.
CREATE TABLE analytics_marks (
  name TEXT PRIMARY KEY,
  day  INTEGER NOT NULL
) STRICT;

-- One row for each ended run of another workspace's priced workflow, written in the transaction that ends the run.
CREATE TABLE usage_charges (
  run_id          TEXT PRIMARY KEY,
  -- Who pays, and for what of whom.
  tenant_id       TEXT NOT NULL,
  installation_id TEXT NOT NULL,
  workflow_id     TEXT NOT NULL,
  developer_id    TEXT NOT NULL,
  kind            TEXT NOT NULL CHECK (kind IN ('trial', 'credit', 'free', 'included', 'waived', 'charged')),
  -- 1/10 000 of the currency's major unit; 0 unless charged.
  units           INTEGER NOT NULL,
  currency        TEXT NOT NULL,
  -- Of `at`, as 202601.
  month           INTEGER NOT NULL,
  at              INTEGER NOT NULL
) STRICT;
CREATE INDEX usage_charges_tenant ON usage_charges (tenant_id, month, workflow_id);

-- Free runs that were used: of a workspace (installation ''), of an installation for good (month 0) or in a month. May pass the allowance.
CREATE TABLE free_runs (
  tenant_id       TEXT NOT NULL,
  installation_id TEXT NOT NULL,
  month           INTEGER NOT NULL,
  used            INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, installation_id, month)
) STRICT;

-- What a workspace's runs cost in a month, and where it wants to stop.
CREATE TABLE spend (
  tenant_id TEXT NOT NULL,
  month     INTEGER NOT NULL,
  units     INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, month)
) STRICT;
CREATE TABLE spend_caps (
  tenant_id  TEXT PRIMARY KEY REFERENCES tenants (id),
  cents      INTEGER NOT NULL,
  action     TEXT NOT NULL CHECK (action IN ('stop', 'warn')),
  updated_at INTEGER NOT NULL
) STRICT;

-- Workspaces as developers, what they sold up front, and what they are paid. Of the marketplace: no tenant column.
CREATE TABLE developers (
  developer_id   TEXT PRIMARY KEY,
  name           TEXT NOT NULL,
  website        TEXT,
  contact_email  TEXT,
  -- The account at whoever pays out; opaque here.
  payout_account TEXT,
  registered_at  INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL
) STRICT;
CREATE TABLE earnings (
  -- What the payment is called at whoever took it: a sale told twice is one.
  reference       TEXT PRIMARY KEY,
  developer_id    TEXT NOT NULL,
  workflow_id     TEXT NOT NULL,
  organization_id TEXT NOT NULL,
  kind            TEXT NOT NULL CHECK (kind IN ('one_time', 'subscription')),
  gross_cents     INTEGER NOT NULL,
  fee_cents       INTEGER NOT NULL,
  net_cents       INTEGER NOT NULL,
  currency        TEXT NOT NULL,
  at              INTEGER NOT NULL,
  -- Until when a subscription is paid.
  until           INTEGER,
  payout_id       TEXT
) STRICT;
CREATE INDEX earnings_developer ON earnings (developer_id, at);
CREATE INDEX earnings_unpaid ON earnings (developer_id) WHERE payout_id IS NULL;
CREATE TABLE payouts (
  id           TEXT PRIMARY KEY,
  developer_id TEXT NOT NULL,
  -- The month whose day of paying it is, as 202601: one payout each.
  month        INTEGER NOT NULL,
  amount_cents INTEGER NOT NULL,
  currency     TEXT NOT NULL,
  status       TEXT NOT NULL CHECK (status IN ('pending', 'paid')),
  -- What it is called at whoever paid it.
  reference    TEXT,
  created_at   INTEGER NOT NULL,
  paid_at      INTEGER,
  UNIQUE (developer_id, month, currency)
) STRICT;
