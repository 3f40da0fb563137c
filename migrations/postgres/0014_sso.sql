-- Signing in at an identity provider: those that workspaces configured, the domains that are theirs, and sign-ins under way.

-- One for each workspace that has one. That of the whole installation is in its configuration.
CREATE TABLE identity_providers (
  id            TEXT COLLATE "C" PRIMARY KEY,
  tenant_id     TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES tenants (id),
  name          TEXT NOT NULL,
  issuer        TEXT COLLATE "C" NOT NULL,
  client_id     TEXT NOT NULL,
  -- Sealed with the master key; NULL: a public client.
  client_secret TEXT,
  created_at    BIGINT NOT NULL,
  updated_at    BIGINT NOT NULL
);

-- Domains of e-mail addresses that a workspace says are its own. One counts from verified_at on.
CREATE TABLE tenant_auto_provision_domains (
  tenant_id    TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
  -- Lower case.
  domain       TEXT COLLATE "C" NOT NULL,
  -- What people of the domain become who sign in for the first time; NULL: they do not join by themselves.
  default_role TEXT,
  -- What the domain's TXT record must say. Not a secret: the record is public.
  token        TEXT NOT NULL,
  verified_at  BIGINT,
  -- 'dns', 'operator'.
  verified_by  TEXT,
  created_at   BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, domain)
);
CREATE INDEX tenant_auto_provision_domains_domain ON tenant_auto_provision_domains (domain);

-- Sign-ins that were begun and not come back yet. Nonce, PKCE verifier and the browser's cookie are MACs of the state, of which
-- only a hash is here: a copy of the database alone answers no sign-in.
CREATE TABLE sso_states (
  state_hash    TEXT COLLATE "C" PRIMARY KEY,
  -- 'default' or the id of a workspace's own.
  provider      TEXT COLLATE "C" NOT NULL,
  -- What was configured then: an answer counts only while it still is.
  issuer        TEXT COLLATE "C" NOT NULL,
  client_id     TEXT NOT NULL,
  -- 'signup', 'login'.
  intent        TEXT NOT NULL,
  invitation_id TEXT COLLATE "C",
  created_at    BIGINT NOT NULL,
  expires_at    BIGINT NOT NULL,
  used_at       BIGINT
);
CREATE INDEX sso_states_expires ON sso_states (expires_at);
