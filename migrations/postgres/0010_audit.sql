-- Who changed what: one chain of rows per workspace, and one of the installation itself (tenant_id 'installation').

-- The end of each chain. Whoever appends locks this row, so the rows of one workspace stand in one order.
CREATE TABLE audit_chains (
  tenant_id TEXT COLLATE "C" PRIMARY KEY,
  seq       BIGINT NOT NULL,
  hash      BYTEA NOT NULL,
  -- The first row that retention left; a signed head of the row before it is in audit_heads.
  kept_from BIGINT NOT NULL,
  -- The newest row that a signed head covers.
  signed    BIGINT NOT NULL
);

CREATE TABLE audit_log (
  tenant_id     TEXT COLLATE "C" NOT NULL,
  seq           BIGINT NOT NULL,
  at            BIGINT NOT NULL,
  action        TEXT COLLATE "C" NOT NULL,
  outcome       TEXT COLLATE "C" NOT NULL,
  actor_type    TEXT COLLATE "C" NOT NULL,
  actor_id      TEXT COLLATE "C",
  session_id    TEXT COLLATE "C",
  resource_type TEXT COLLATE "C" NOT NULL,
  resource_id   TEXT COLLATE "C" NOT NULL,
  person_id     TEXT COLLATE "C",
  request_id    TEXT COLLATE "C",
  metadata      TEXT NOT NULL,
  -- What the hash covers of personal values: a salted commitment of each, which stays.
  commitments   TEXT NOT NULL,
  -- Salts and values themselves: erasing a person takes them out, and nothing else ever changes in a row.
  personal      TEXT,
  hash          BYTEA NOT NULL,
  PRIMARY KEY (tenant_id, seq)
);
CREATE INDEX audit_log_at ON audit_log (tenant_id, at);
CREATE INDEX audit_log_action ON audit_log (tenant_id, action, seq);
CREATE INDEX audit_log_resource ON audit_log (tenant_id, resource_id, seq);
CREATE INDEX audit_log_actor ON audit_log (actor_id, tenant_id, seq) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_log_person ON audit_log (person_id, tenant_id, seq) WHERE person_id IS NOT NULL;

-- Rails against accidents; the chain and its signatures are the proof. Personal values may only become less.
CREATE OR REPLACE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_log is append-only' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE OR REPLACE FUNCTION audit_log_guard_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Retention moves kept_from first, with a signed head. A database that a move fills follows its source.
  IF OLD.seq < (SELECT kept_from FROM audit_chains WHERE tenant_id = OLD.tenant_id) OR to_regclass('move_progress') IS NOT NULL THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'audit_log is append-only' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER audit_log_only_erases BEFORE UPDATE ON audit_log FOR EACH ROW
WHEN ((NEW.tenant_id, NEW.seq, NEW.at, NEW.action, NEW.outcome, NEW.actor_type, NEW.actor_id, NEW.session_id, NEW.resource_type, NEW.resource_id, NEW.person_id,
      NEW.request_id, NEW.metadata, NEW.commitments, NEW.hash)
     IS DISTINCT FROM (OLD.tenant_id, OLD.seq, OLD.at, OLD.action, OLD.outcome, OLD.actor_type, OLD.actor_id, OLD.session_id, OLD.resource_type, OLD.resource_id, OLD.person_id,
      OLD.request_id, OLD.metadata, OLD.commitments, OLD.hash)
  OR (NEW.personal IS DISTINCT FROM OLD.personal AND (OLD.personal IS NULL OR length(NEW.personal) >= length(OLD.personal))))
EXECUTE FUNCTION audit_log_refuse();

CREATE TRIGGER audit_log_keeps BEFORE DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_guard_delete();
CREATE TRIGGER audit_log_stays BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse();

-- Signed ends of chains: history before them cannot be rewritten without the key.
CREATE TABLE audit_heads (
  tenant_id TEXT COLLATE "C" NOT NULL,
  seq       BIGINT NOT NULL,
  hash      BYTEA NOT NULL,
  at        BIGINT NOT NULL,
  key_id    TEXT COLLATE "C" NOT NULL,
  signature TEXT NOT NULL,
  PRIMARY KEY (tenant_id, seq)
);

-- The keys that signed; the newest one that is not retired signs. A retired key's private half is gone.
CREATE TABLE audit_keys (
  id         TEXT COLLATE "C" PRIMARY KEY,
  public_key TEXT NOT NULL,
  sealed_key TEXT,
  created_at BIGINT NOT NULL,
  retired_at BIGINT
);
