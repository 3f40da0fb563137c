-- Workspaces, their API keys, their connections to services, and settings of the whole installation.

CREATE TABLE settings (
  name       TEXT PRIMARY KEY,
  value      TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tenants (
  id         TEXT PRIMARY KEY,
  slug       TEXT NOT NULL UNIQUE,
  name       TEXT NOT NULL,
  status     TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
  id           TEXT PRIMARY KEY,
  tenant_id    TEXT NOT NULL REFERENCES tenants (id),
  name         TEXT NOT NULL,
  role         TEXT NOT NULL,
  -- SHA-256 of the secret part, hex: the secret has 192 random bits, so a slow hash would add nothing.
  secret_hash  TEXT NOT NULL,
  -- JSON array of scopes; NULL: everything the role allows.
  scopes       TEXT,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,
  revoked_at   INTEGER,
  -- Coarse: written at most once a minute.
  last_used_at INTEGER
) STRICT;
CREATE INDEX api_keys_tenant ON api_keys (tenant_id, id);

CREATE TABLE connections (
  id            TEXT PRIMARY KEY,
  tenant_id     TEXT NOT NULL REFERENCES tenants (id),
  service       TEXT NOT NULL,
  name          TEXT NOT NULL,
  auth_kind     TEXT NOT NULL,
  -- All fields, encrypted; and the JSON that may be shown: names of fields, values that are not secret.
  fields        TEXT NOT NULL,
  public        TEXT NOT NULL,
  status        TEXT NOT NULL,
  expires_at    INTEGER,
  version       INTEGER NOT NULL,
  -- The one renewal under way: who makes it and until when nobody else may.
  renewer       TEXT,
  renewer_until INTEGER,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX connections_tenant ON connections (tenant_id, id);
CREATE INDEX connections_service ON connections (tenant_id, service, id);
