-- Workflows, their immutable versions and bundles; installations; triggers.

CREATE TABLE workflows (
  id                TEXT COLLATE "C" PRIMARY KEY,
  tenant_id         TEXT COLLATE "C" NOT NULL,
  -- The id that the module states (metadata.id); further exports are `<id>/<export>`.
  slug              TEXT COLLATE "C" NOT NULL,
  name              TEXT NOT NULL,
  description       TEXT NOT NULL,
  latest_version_id TEXT COLLATE "C" NOT NULL,
  created_at        BIGINT NOT NULL,
  updated_at        BIGINT NOT NULL
);
CREATE UNIQUE INDEX workflows_slug ON workflows (tenant_id, slug);
CREATE INDEX workflows_tenant ON workflows (tenant_id, id);

-- Content-addressed per tenant: two tenants never share a row, whatever they deploy.
CREATE TABLE bundles (
  tenant_id  TEXT COLLATE "C" NOT NULL,
  hash       TEXT COLLATE "C" NOT NULL,
  -- zstd over the bundle's JSON.
  bytes      BYTEA NOT NULL,
  size       BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, hash)
);

CREATE TABLE workflow_versions (
  id          TEXT COLLATE "C" PRIMARY KEY,
  tenant_id   TEXT COLLATE "C" NOT NULL,
  workflow_id TEXT COLLATE "C" NOT NULL REFERENCES workflows (id),
  -- Counts deploys; the semantic version is the author's word and may repeat.
  number      BIGINT NOT NULL,
  version     TEXT NOT NULL,
  -- Which export of the bundle this is: `default` or a name.
  export      TEXT COLLATE "C" NOT NULL,
  bundle_hash TEXT COLLATE "C" NOT NULL,
  definition  TEXT NOT NULL,
  metadata    TEXT NOT NULL,
  hosts       TEXT NOT NULL,
  warnings    TEXT NOT NULL,
  created_at  BIGINT NOT NULL,
  FOREIGN KEY (tenant_id, bundle_hash) REFERENCES bundles (tenant_id, hash)
);
CREATE UNIQUE INDEX workflow_versions_number ON workflow_versions (workflow_id, number);
CREATE UNIQUE INDEX workflow_versions_content ON workflow_versions (workflow_id, bundle_hash);
CREATE INDEX workflow_versions_tenant ON workflow_versions (tenant_id, bundle_hash);

CREATE TABLE installations (
  id           TEXT COLLATE "C" PRIMARY KEY,
  tenant_id    TEXT COLLATE "C" NOT NULL,
  workflow_id  TEXT COLLATE "C" NOT NULL REFERENCES workflows (id),
  version_id   TEXT COLLATE "C" NOT NULL REFERENCES workflow_versions (id),
  name         TEXT NOT NULL,
  status       TEXT COLLATE "C" NOT NULL,
  -- Why the status is `error`.
  problem      TEXT,
  timezone     TEXT NOT NULL,
  -- Plain inputs as JSON, by declared key.
  config       TEXT NOT NULL,
  -- Names of the secret inputs that have a value, as a JSON list; the values are sealed together in `secrets`.
  secret_names TEXT NOT NULL,
  secrets      TEXT,
  -- Every change adds one and names the one it read.
  revision     BIGINT NOT NULL,
  created_at   BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL
);
CREATE INDEX installations_tenant ON installations (tenant_id, id);
CREATE INDEX installations_workflow ON installations (workflow_id);

CREATE TABLE installation_connections (
  installation_id TEXT COLLATE "C" NOT NULL REFERENCES installations (id) ON DELETE CASCADE,
  tenant_id       TEXT COLLATE "C" NOT NULL,
  service         TEXT COLLATE "C" NOT NULL,
  connection_id   TEXT COLLATE "C" NOT NULL REFERENCES connections (id),
  PRIMARY KEY (installation_id, service)
);
CREATE INDEX installation_connections_connection ON installation_connections (tenant_id, connection_id);

CREATE TABLE triggers (
  id              TEXT COLLATE "C" PRIMARY KEY,
  tenant_id       TEXT COLLATE "C" NOT NULL,
  installation_id TEXT COLLATE "C" NOT NULL REFERENCES installations (id) ON DELETE CASCADE,
  -- Tells the triggers of an installation apart for as long as the module declares them, so that addresses stay.
  key             TEXT COLLATE "C" NOT NULL,
  kind            TEXT COLLATE "C" NOT NULL,
  service         TEXT COLLATE "C",
  path            TEXT,
  -- The version that a run of this trigger is pinned to.
  version_id      TEXT COLLATE "C" NOT NULL,
  -- The rules with the installation's inputs filled in, as JSON.
  definition      TEXT NOT NULL,
  -- Whether signatures are checked.
  verified        BOOLEAN NOT NULL,
  -- Where the signing secret comes from: `module`, `connection`, `owner` or `generated`.
  secret_source   TEXT,
  signing_secret  TEXT,
  -- A secret that the provider announced and the owner has not confirmed.
  pending_secret  TEXT,
  active          BOOLEAN NOT NULL,
  created_at      BIGINT NOT NULL,
  updated_at      BIGINT NOT NULL
);
CREATE UNIQUE INDEX triggers_key ON triggers (installation_id, key);
CREATE INDEX triggers_tenant ON triggers (tenant_id, installation_id);
