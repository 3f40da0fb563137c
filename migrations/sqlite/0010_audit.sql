-- Who changed what: one chain of rows per workspace, and one of the installation itself (tenant_id 'installation').

-- The end of each chain. Whoever appends locks this row, so the rows of one workspace stand in one order.
CREATE TABLE audit_chains (
  tenant_id TEXT PRIMARY KEY,
  seq       INTEGER NOT NULL,
  hash      BLOB NOT NULL,
  -- The first row that retention left; a signed head of the row before it is in audit_heads.
  kept_from INTEGER NOT NULL,
  -- The newest row that a signed head covers.
  signed    INTEGER NOT NULL
) STRICT;

CREATE TABLE audit_log (
  tenant_id     TEXT NOT NULL,
  seq           INTEGER NOT NULL,
  at            INTEGER NOT NULL,
  action        TEXT NOT NULL,
  outcome       TEXT NOT NULL,
  actor_type    TEXT NOT NULL,
  actor_id      TEXT,
  session_id    TEXT,
  resource_type TEXT NOT NULL,
  resource_id   TEXT NOT NULL,
  person_id     TEXT,
  request_id    TEXT,
  metadata      TEXT NOT NULL,
  -- What the hash covers of personal values: a salted commitment of each, which stays.
  commitments   TEXT NOT NULL,
  -- Salts and values themselves: erasing a person takes them out, and nothing else ever changes in a row.
  personal      TEXT,
  hash          BLOB NOT NULL,
  PRIMARY KEY (tenant_id, seq)
) STRICT;
CREATE INDEX audit_log_at ON audit_log (tenant_id, at);
CREATE INDEX audit_log_action ON audit_log (tenant_id, action, seq);
CREATE INDEX audit_log_resource ON audit_log (tenant_id, resource_id, seq);
CREATE INDEX audit_log_actor ON audit_log (actor_id, tenant_id, seq) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_log_person ON audit_log (person_id, tenant_id, seq) WHERE person_id IS NOT NULL;

-- Rails against accidents; the chain and its signatures are the proof. Personal values may only become less.
CREATE TRIGGER audit_log_only_erases BEFORE UPDATE ON audit_log
WHEN (NEW.tenant_id, NEW.seq, NEW.at, NEW.action, NEW.outcome, NEW.actor_type, NEW.actor_id, NEW.session_id, NEW.resource_type, NEW.resource_id, NEW.person_id,
      NEW.request_id, NEW.metadata, NEW.commitments, NEW.hash)
     IS NOT (OLD.tenant_id, OLD.seq, OLD.at, OLD.action, OLD.outcome, OLD.actor_type, OLD.actor_id, OLD.session_id, OLD.resource_type, OLD.resource_id, OLD.person_id,
      OLD.request_id, OLD.metadata, OLD.commitments, OLD.hash)
  OR (NEW.personal IS NOT OLD.personal AND (OLD.personal IS NULL OR length(NEW.personal) >= length(OLD.personal)))
BEGIN
  SELECT RAISE(ABORT, 'audit_log is append-only');
END;

-- Retention moves kept_from first, with a signed head. A database that a move fills follows its source.
CREATE TRIGGER audit_log_keeps BEFORE DELETE ON audit_log
WHEN OLD.seq >= COALESCE((SELECT kept_from FROM audit_chains WHERE tenant_id = OLD.tenant_id), 0)
  AND NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'move_progress')
BEGIN
  SELECT RAISE(ABORT, 'audit_log is append-only');
END;

-- Signed ends of chains: history before them cannot be rewritten without the key.
CREATE TABLE audit_heads (
  tenant_id TEXT NOT NULL,
  seq       INTEGER NOT NULL,
  hash      BLOB NOT NULL,
  at        INTEGER NOT NULL,
  key_id    TEXT NOT NULL,
  signature TEXT NOT NULL,
  PRIMARY KEY (tenant_id, seq)
) STRICT;

-- The keys that signed; the newest one that is not retired signs. A retired key's private half is gone.
CREATE TABLE audit_keys (
  id         TEXT PRIMARY KEY,
  public_key TEXT NOT NULL,
  sealed_key TEXT,
  created_at INTEGER NOT NULL,
  retired_at INTEGER
) STRICT;
