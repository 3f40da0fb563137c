-- The life of an installation: what its workflow's own functions are asked at turns of it, and how far its set-up has come.

-- A lifecycle function that is to be called, and what happens when its run has ended. Those of one installation go one after
-- another, in the order of their ids. A row goes in the transaction that does what follows, so a server that dies in between
-- finds what is left to do.
CREATE TABLE installation_hooks (
  -- The delivery of its run: it is started once, however many nodes try.
  id              TEXT COLLATE "C" PRIMARY KEY,
  tenant_id       TEXT COLLATE "C" NOT NULL,
  installation_id TEXT COLLATE "C" NOT NULL REFERENCES installations (id) ON DELETE CASCADE,
  -- 'onEnable', 'onDisable', 'onDelete', 'metadata.onConfigChange'; NULL: the version has none, and what follows is done in its turn.
  function        TEXT,
  version_id      TEXT COLLATE "C" NOT NULL,
  -- The configuration that the run is given (docs/decisions/0012).
  revision        BIGINT NOT NULL,
  -- 'activate', 'erase' or 'nothing'.
  follows         TEXT NOT NULL,
  -- What follows is done even if the function fails.
  forced          BOOLEAN NOT NULL,
  -- The run that is waited for: its own, or the one that tries again. NULL: not started yet.
  run_id          TEXT COLLATE "C",
  created_at      BIGINT NOT NULL
);
CREATE INDEX installation_hooks_installation ON installation_hooks (tenant_id, installation_id, id);

-- Steps of a set-up that leave nothing else behind: a page of the developer's that was passed, a service that was skipped.
CREATE TABLE installation_steps (
  installation_id TEXT COLLATE "C" NOT NULL REFERENCES installations (id) ON DELETE CASCADE,
  tenant_id       TEXT COLLATE "C" NOT NULL,
  -- 'setup', or 'connections.<service>'.
  step            TEXT COLLATE "C" NOT NULL,
  -- Of the set-up page: the hash of the word that it comes back with, and what the word is derived from.
  state_hash      TEXT,
  seed            TEXT,
  -- NULL: still open.
  done_at         BIGINT,
  PRIMARY KEY (installation_id, step)
);

-- What has a time to live is forgotten after it.
CREATE INDEX kv_expiring ON kv (expires_at) WHERE expires_at IS NOT NULL;
-- What is uninstalled is erased after a while.
CREATE INDEX installations_uninstalled ON installations (uninstalled_at) WHERE uninstalled_at IS NOT NULL;
