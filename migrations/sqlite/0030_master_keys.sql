-- Master keys of sealed secrets: which one seals, which were wrapped by a key service, and which node has which.

-- One row. Its name is 'installation'.
CREATE TABLE master_key_state (
  name          TEXT PRIMARY KEY CHECK (name = 'installation'),
  -- The key that seals, and since when.
  seals         TEXT NOT NULL,
  since         INTEGER NOT NULL,
  -- The key that is to seal as soon as every node has it.
  next_key      TEXT,
  -- When everything was last found to be under the key that seals; NULL: not yet since it does.
  swept_at      INTEGER,
  -- Values that the last look could not open.
  unreadable    INTEGER NOT NULL DEFAULT 0,
  -- Which node looks and seals again, and until when nobody else does.
  sweeper       TEXT,
  sweeper_until INTEGER
) STRICT;

-- Master keys that nodes are not configured with: a key service unwraps them at a start.
CREATE TABLE master_keys (
  id         TEXT PRIMARY KEY,
  wrapped    TEXT NOT NULL,
  -- The service and its key: 'vault:transit/millrace', 'aws-kms:arn:…'.
  wrapped_by TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- With which key a node seals, and which it has: `seals;id,id`. NULL: a version that does not say.
ALTER TABLE nodes ADD COLUMN master_keys TEXT;
