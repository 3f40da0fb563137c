-- Resuming failed runs: a new run that begins with the matching beginning of an old one's journal.

-- The run whose journal this one begins with, and the first of such a chain: what the program knows as its own id, so that
-- what the journal holds stays true.
ALTER TABLE runs ADD COLUMN resumed_from TEXT;
ALTER TABLE runs ADD COLUMN origin_id TEXT;

CREATE TABLE resumptions (
  run_id       TEXT NOT NULL PRIMARY KEY,
  tenant_id    TEXT NOT NULL,
  resumed_from TEXT NOT NULL,
  -- 0 for the one that is answered to whoever asks again; a forced one has the next number.
  ordinal      INTEGER NOT NULL,
  from_program TEXT NOT NULL,
  program      TEXT NOT NULL,
  -- How many journal entries were taken over.
  kept         INTEGER NOT NULL,
  -- Calls that are made again because their outcome ended the old run, as a JSON list of numbers.
  retried      TEXT NOT NULL,
  -- The first call that is not the same any more, as JSON.
  difference   TEXT,
  created_at   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX resumptions_once ON resumptions (resumed_from, ordinal);
