-- Figures of workflows, and money: who started a run, daily roll-ups, what runs cost, what developers earn.

-- The person or API key who asked for a run. NULL: nobody did, or a version before this wrote it.
ALTER TABLE runs ADD COLUMN started_by TEXT COLLATE "C";

-- What ended on a day (since 1970, UTC) stays known when the runs are forgotten.
CREATE TABLE analytics_daily (
  day             BIGINT NOT NULL,
  tenant_id       TEXT COLLATE "C" NOT NULL,
  workflow_id     TEXT COLLATE "C" NOT NULL,
  installation_id TEXT COLLATE "C" NOT NULL,
  version_id      TEXT COLLATE "C" NOT NULL,
  completed       BIGINT NOT NULL,
  failed          BIGINT NOT NULL,
  cancelled       BIGINT NOT NULL,
  skipped         BIGINT NOT NULL,
  -- Microseconds from acceptance to end, of completed and failed runs together.
  duration        BIGINT NOT NULL,
  PRIMARY KEY (day, tenant_id, installation_id, version_id)
);
CREATE INDEX analytics_daily_workflow ON analytics_daily (workflow_id, day);

-- How far background work of the figures has come.
CREATE TABLE analytics_marks (
  name TEXT COLLATE "C" PRIMARY KEY,
  day  BIGINT NOT NULL
);

-- One row for each ended run of another workspace's priced workflow, written in the transaction that ends the run.
CREATE TABLE usage_charges (
  run_id          TEXT COLLATE "C" PRIMARY KEY,
  -- Who pays, and for what of whom.
  tenant_id       TEXT COLLATE "C" NOT NULL,
  installation_id TEXT COLLATE "C" NOT NULL,
  workflow_id     TEXT COLLATE "C" NOT NULL,
  developer_id    TEXT COLLATE "C" NOT NULL,
  kind            TEXT COLLATE "C" NOT NULL CHECK (kind IN ('trial', 'credit', 'free', 'included', 'waived', 'charged')),
  -- 1/10 000 of the currency's major unit; 0 unless charged.
  units           BIGINT NOT NULL,
  currency        TEXT COLLATE "C" NOT NULL,
  -- Of `at`, as 202601.
  month           BIGINT NOT NULL,
  at              BIGINT NOT NULL
);
CREATE INDEX usage_charges_tenant ON usage_charges (tenant_id, month, workflow_id);

-- Free runs that were used: of a workspace (installation ''), of an installation for good (month 0) or in a month. May pass the allowance.
CREATE TABLE free_runs (
  tenant_id       TEXT COLLATE "C" NOT NULL,
  installation_id TEXT COLLATE "C" NOT NULL,
  month           BIGINT NOT NULL,
  used            BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, installation_id, month)
);

-- What a workspace's runs cost in a month, and where it wants to stop.
CREATE TABLE spend (
  tenant_id TEXT COLLATE "C" NOT NULL,
  month     BIGINT NOT NULL,
  units     BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, month)
);
CREATE TABLE spend_caps (
  tenant_id  TEXT COLLATE "C" PRIMARY KEY REFERENCES tenants (id),
  cents      BIGINT NOT NULL,
  action     TEXT COLLATE "C" NOT NULL CHECK (action IN ('stop', 'warn')),
  updated_at BIGINT NOT NULL
);

-- Workspaces as developers, what they sold up front, and what they are paid. Of the marketplace: no tenant column.
CREATE TABLE developers (
  developer_id   TEXT COLLATE "C" PRIMARY KEY,
  name           TEXT NOT NULL,
  website        TEXT,
  contact_email  TEXT,
  -- The account at whoever pays out; opaque here.
  payout_account TEXT,
  registered_at  BIGINT NOT NULL,
  updated_at     BIGINT NOT NULL
);
CREATE TABLE earnings (
  -- What the payment is called at whoever took it: a sale told twice is one.
  reference       TEXT COLLATE "C" PRIMARY KEY,
  developer_id    TEXT COLLATE "C" NOT NULL,
  workflow_id     TEXT COLLATE "C" NOT NULL,
  organization_id TEXT COLLATE "C" NOT NULL,
  kind            TEXT COLLATE "C" NOT NULL CHECK (kind IN ('one_time', 'subscription')),
  gross_cents     BIGINT NOT NULL,
  fee_cents       BIGINT NOT NULL,
  net_cents       BIGINT NOT NULL,
  currency        TEXT COLLATE "C" NOT NULL,
  at              BIGINT NOT NULL,
  -- Until when a subscription is paid.
  until           BIGINT,
  payout_id       TEXT COLLATE "C"
);
CREATE INDEX earnings_developer ON earnings (developer_id, at);
CREATE INDEX earnings_unpaid ON earnings (developer_id) WHERE payout_id IS NULL;
CREATE TABLE payouts (
  id           TEXT COLLATE "C" PRIMARY KEY,
  developer_id TEXT COLLATE "C" NOT NULL,
  -- The month whose day of paying it is, as 202601: one payout each.
  month        BIGINT NOT NULL,
  amount_cents BIGINT NOT NULL,
  currency     TEXT COLLATE "C" NOT NULL,
  status       TEXT COLLATE "C" NOT NULL CHECK (status IN ('pending', 'paid')),
  -- What it is called at whoever paid it.
  reference    TEXT COLLATE "C",
  created_at   BIGINT NOT NULL,
  paid_at      BIGINT,
  UNIQUE (developer_id, month, currency)
);
