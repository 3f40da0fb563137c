-- OAuth apps, consent under way, and which app made a connection (spec marketplace §2).

-- An application registered with a provider: a developer's, an installing organisation's own, or the platform's.
CREATE TABLE oauth_apps (
  id                       TEXT COLLATE "C" PRIMARY KEY,
  owner_type               TEXT COLLATE "C" NOT NULL CHECK (owner_type IN ('developer', 'organization', 'system')),
  -- Whose it is; NULL: the platform's.
  tenant_id                TEXT COLLATE "C" REFERENCES tenants (id),
  -- The workflow that it is for; '': all of its owner's.
  integration_id           TEXT COLLATE "C" NOT NULL,
  -- The service, as the connector file spells it.
  provider                 TEXT COLLATE "C" NOT NULL,
  -- 'oauth': people consent. 's2s': the app's own account. 'static': a key or token.
  kind                     TEXT NOT NULL CHECK (kind IN ('oauth', 's2s', 'static')),
  client_id                TEXT NOT NULL,
  -- Sealed, each at a place of its own; the text names the master key.
  client_secret_encrypted  TEXT,
  extra_encrypted          TEXT,
  webhook_secret_encrypted TEXT,
  encryption_key_id        TEXT NOT NULL,
  redirect_uri             TEXT NOT NULL,
  scopes                   TEXT NOT NULL,
  status                   TEXT NOT NULL CHECK (status IN ('development', 'testing', 'pending_review', 'production', 'rejected', 'suspended')),
  -- What the developer wrote when asking for a review, and what the review answered.
  justification            TEXT,
  review_note              TEXT,
  health_status            TEXT NOT NULL CHECK (health_status IN ('healthy', 'degraded', 'unhealthy', 'unknown')),
  last_health_check_at     BIGINT,
  last_error               TEXT,
  version                  BIGINT NOT NULL,
  created_at               BIGINT NOT NULL,
  updated_at               BIGINT NOT NULL
);
CREATE UNIQUE INDEX oauth_apps_one ON oauth_apps (owner_type, COALESCE(tenant_id, ''), provider, integration_id);
CREATE INDEX oauth_apps_tenant ON oauth_apps (tenant_id, id);
CREATE INDEX oauth_apps_health ON oauth_apps (status, last_health_check_at);

-- A consent under way: what ties a provider's answer to whoever was sent there. Nonces and verifiers are derived from the
-- state, of which nothing but a keyed hash is kept.
CREATE TABLE oauth_states (
  state_hash      TEXT COLLATE "C" PRIMARY KEY,
  tenant_id       TEXT COLLATE "C" NOT NULL,
  -- Who began: 'user' or 'api_key', their id, and a person's session.
  actor           TEXT NOT NULL,
  actor_id        TEXT COLLATE "C" NOT NULL,
  session_id      TEXT COLLATE "C",
  provider        TEXT COLLATE "C" NOT NULL,
  oauth_app_id    TEXT COLLATE "C" NOT NULL,
  -- 'connect': the tokens are kept. 'test': they are forgotten.
  purpose         TEXT NOT NULL,
  installation_id TEXT COLLATE "C",
  -- The service as the workflow declares it.
  service         TEXT COLLATE "C" NOT NULL,
  -- The connection that is made anew.
  connection_id   TEXT COLLATE "C",
  scopes          TEXT NOT NULL,
  redirect_uri    TEXT NOT NULL,
  return_to       TEXT,
  -- Where a command line on the same machine waits for the answer.
  loopback_port   BIGINT,
  created_at      BIGINT NOT NULL,
  expires_at      BIGINT NOT NULL,
  used_at         BIGINT
);
CREATE INDEX oauth_states_tenant ON oauth_states (tenant_id);
CREATE INDEX oauth_states_expiry ON oauth_states (expires_at);

-- 'system', 'developer', 'organization'; NULL: the workspace brought the fields itself.
ALTER TABLE connections ADD COLUMN credential_source TEXT;
-- The app that made it, and the only one that renews it.
ALTER TABLE connections ADD COLUMN oauth_app_id TEXT COLLATE "C";
-- Who connected it.
ALTER TABLE connections ADD COLUMN user_id TEXT COLLATE "C";
-- What the provider calls the account.
ALTER TABLE connections ADD COLUMN account_label TEXT;
-- The scopes that were granted, as JSON.
ALTER TABLE connections ADD COLUMN scopes TEXT;
ALTER TABLE connections ADD COLUMN health_status TEXT;
ALTER TABLE connections ADD COLUMN last_health_check_at BIGINT;
ALTER TABLE connections ADD COLUMN last_error TEXT;
CREATE INDEX connections_app ON connections (oauth_app_id);
