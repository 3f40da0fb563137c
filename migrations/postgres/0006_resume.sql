-- Resuming failed runs: a new run that begins with the matching beginning of an old one's journal.

-- The run whose journal this one begins with, and the first of such a chain: what the program knows as its own id, so that
-- what the journal holds stays true.
ALTER TABLE runs ADD COLUMN resumed_from TEXT COLLATE "C";
ALTER TABLE runs ADD COLUMN origin_id TEXT COLLATE "C";

CREATE TABLE resumptions (
  run_id       TEXT COLLATE "C" PRIMARY KEY,
  tenant_id    TEXT COLLATE "C" NOT NULL,
  resumed_from TEXT COLLATE "C" NOT NULL,
  -- 0 for the one that is answered to whoever asks again; a forced one has the next number.
  ordinal      BIGINT NOT NULL,
  from_program TEXT COLLATE "C" NOT NULL,
  program      TEXT COLLATE "C" NOT NULL,
  -- How many journal entries were taken over.
  kept         BIGINT NOT NULL,
  -- Calls that are made again because their outcome ended the old run, as a JSON list of numbers.
  retried      TEXT NOT NULL,
  -- The first call that is not the same any more, as JSON.
  difference   TEXT,
  created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX resumptions_once ON resumptions (resumed_from, ordinal);
