-- Workspaces, their API keys, their connections to services, and settings of the whole installation.

CREATE TABLE settings (
  name       TEXT COLLATE "C" PRIMARY KEY,
  value      TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE tenants (
  id         TEXT COLLATE "C" PRIMARY KEY,
  slug       TEXT COLLATE "C" NOT NULL UNIQUE,
  name       TEXT COLLATE "C" NOT NULL,
  status     TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE api_keys (
  id           TEXT COLLATE "C" PRIMARY KEY,
  tenant_id    TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
  name         TEXT COLLATE "C" NOT NULL,
  role         TEXT NOT NULL,
  -- SHA-256 of the secret part, hex: the secret has 192 random bits, so a slow hash would add nothing.
  secret_hash  TEXT NOT NULL,
  -- JSON array of scopes; NULL: everything the role allows.
  scopes       TEXT,
  created_at   BIGINT NOT NULL,
  expires_at   BIGINT,
  revoked_at   BIGINT,
  -- Coarse: written at most once a minute.
  last_used_at BIGINT
);
CREATE INDEX api_keys_tenant ON api_keys (tenant_id, id);

CREATE TABLE connections (
  id            TEXT COLLATE "C" PRIMARY KEY,
  tenant_id     TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
  service       TEXT COLLATE "C" NOT NULL,
  name          TEXT COLLATE "C" NOT NULL,
  auth_kind     TEXT NOT NULL,
  -- All fields, encrypted; and the JSON that may be shown: names of fields, values that are not secret.
  fields        TEXT NOT NULL,
  public        TEXT NOT NULL,
  status        TEXT NOT NULL,
  expires_at    BIGINT,
  version       BIGINT NOT NULL,
  -- The one renewal under way: who makes it and until when nobody else may.
  renewer       TEXT COLLATE "C",
  renewer_until BIGINT,
  created_at    BIGINT NOT NULL,
  updated_at    BIGINT NOT NULL
);
CREATE INDEX connections_tenant ON connections (tenant_id, id);
CREATE INDEX connections_service ON connections (tenant_id, service, id);
