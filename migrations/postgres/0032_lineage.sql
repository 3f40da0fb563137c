-- Forks: where a workflow comes from, what a sale of it leaves to whom; discounts by volume.

-- One row for each fork. Of the marketplace: no tenant column. Names and developers stay when what was forked is deleted: they are its
-- attribution.
CREATE TABLE workflow_lineage (
  workflow_id           TEXT COLLATE "C" PRIMARY KEY,
  -- The first workflow of the line, and the one that was forked.
  original_id           TEXT COLLATE "C" NOT NULL,
  parent_id             TEXT COLLATE "C" NOT NULL,
  fork_depth            BIGINT NOT NULL CHECK (fork_depth > 0),
  forked_at             BIGINT NOT NULL,
  reason                TEXT COLLATE "C",
  -- Which version of the parent.
  parent_version        TEXT COLLATE "C" NOT NULL,
  original_name         TEXT COLLATE "C" NOT NULL,
  original_developer_id TEXT COLLATE "C" NOT NULL,
  parent_name           TEXT COLLATE "C" NOT NULL,
  parent_developer_id   TEXT COLLATE "C" NOT NULL
);
CREATE INDEX workflow_lineage_parent ON workflow_lineage (parent_id, workflow_id);
CREATE INDEX workflow_lineage_original ON workflow_lineage (original_id);

-- Of a fork's sale: what went to the original's developer and to the platform. Gross = fee + net + these two.
ALTER TABLE earnings ADD COLUMN original_cents BIGINT NOT NULL DEFAULT 0;
ALTER TABLE earnings ADD COLUMN platform_cents BIGINT NOT NULL DEFAULT 0;
-- Of an original's share: the sale of the fork that it is a share of.
ALTER TABLE earnings ADD COLUMN share_of TEXT COLLATE "C";

-- Paid runs of a workspace's installations of a workflow in a month, where the workflow has discounts by volume.
CREATE TABLE volume_runs (
  tenant_id   TEXT COLLATE "C" NOT NULL,
  workflow_id TEXT COLLATE "C" NOT NULL,
  month       BIGINT NOT NULL,
  runs        BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, workflow_id, month)
);

-- The price before its discount. NULL: `units`, written by a version that knows no discounts.
ALTER TABLE usage_charges ADD COLUMN list_units BIGINT;
