-- People, their places in workspaces, where they are signed in, invitations, and what guards a sign-in.

CREATE TABLE users (
  id                    TEXT COLLATE "C" PRIMARY KEY,
  -- Trimmed and lower case.
  email                 TEXT COLLATE "C" NOT NULL UNIQUE,
  name                  TEXT NOT NULL,
  -- 'local': a password here. 'idp': an identity provider. Never converted by itself.
  auth_provider         TEXT NOT NULL,
  idp_provider          TEXT COLLATE "C",
  idp_sub               TEXT COLLATE "C",
  email_verified        BOOLEAN NOT NULL,
  -- Argon2id in PHC form; none for people of an identity provider and for invited people who have not come yet.
  password_hash         TEXT,
  -- 'invited', 'pending_verification', 'active', 'suspended'.
  status                TEXT NOT NULL,
  last_active_tenant_id TEXT COLLATE "C",
  last_login_at         BIGINT,
  created_at            BIGINT NOT NULL,
  updated_at            BIGINT NOT NULL,
  UNIQUE (idp_provider, idp_sub),
  CHECK (auth_provider <> 'local' OR idp_sub IS NULL)
);

CREATE TABLE memberships (
  tenant_id  TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
  user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  role       TEXT NOT NULL,
  -- 'active', 'removed'.
  status     TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id, created_at);

-- What the workspace itself decided; NULL: the installation's default.
CREATE TABLE tenant_settings (
  tenant_id          TEXT COLLATE "C" PRIMARY KEY REFERENCES tenants (id),
  -- 'sso_only', 'local_only', 'mixed'; NULL: follows from its members.
  auth_mode          TEXT,
  email_verification BOOLEAN,
  -- JSON object.
  flags              TEXT NOT NULL,
  created_at         BIGINT NOT NULL,
  updated_at         BIGINT NOT NULL
);

-- 'team' or 'personal': the workspace of a developer without a company.
ALTER TABLE tenants ADD COLUMN kind TEXT NOT NULL DEFAULT 'team';
-- ISO 4217.
ALTER TABLE tenants ADD COLUMN currency TEXT NOT NULL DEFAULT 'USD';
-- A name of the IANA database.
ALTER TABLE tenants ADD COLUMN timezone TEXT NOT NULL DEFAULT 'UTC';
ALTER TABLE tenants ADD COLUMN updated_at BIGINT;
-- `status` is one of 'active', 'suspended', 'deactivated', 'deleted'.
ALTER TABLE tenants ADD COLUMN suspended_at BIGINT;
ALTER TABLE tenants ADD COLUMN deactivated_at BIGINT;
ALTER TABLE tenants ADD COLUMN deleted_at BIGINT;

-- One row per device that is signed in; the family of refresh tokens that it has had.
CREATE TABLE sessions (
  id             TEXT COLLATE "C" PRIMARY KEY,
  user_id        TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  -- The workspace it acts in; NULL: none was chosen yet. The access token's claim only reflects it.
  tenant_id      TEXT COLLATE "C" REFERENCES tenants (id),
  -- 'password', 'sso', 'invitation', 'device'.
  method         TEXT NOT NULL,
  -- A refresh token is a MAC over id, generation and this seed: there is no hash of it to keep, and a copy of the database alone makes none.
  refresh_seed   TEXT NOT NULL,
  -- The generation of the one token that is good; a lower one was used before.
  generation     BIGINT NOT NULL,
  rotated_at     BIGINT NOT NULL,
  -- Several workspaces, and none picked yet since the sign-in.
  picker_pending BOOLEAN NOT NULL,
  ip             TEXT,
  user_agent     TEXT,
  created_at     BIGINT NOT NULL,
  -- Coarse: written at most once a minute.
  last_used_at   BIGINT NOT NULL,
  expires_at     BIGINT NOT NULL,
  revoked_at     BIGINT,
  -- 'logout', 'reuse', 'password_reset', 'everywhere', 'device', 'suspended'.
  revoked_reason TEXT
);
CREATE INDEX sessions_user ON sessions (user_id, created_at);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE invitations (
  id                 TEXT COLLATE "C" PRIMARY KEY,
  tenant_id          TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
  email              TEXT COLLATE "C" NOT NULL,
  role               TEXT NOT NULL,
  -- How the invited person signs in: 'local' or 'idp'.
  auth_provider      TEXT NOT NULL,
  -- HMAC-SHA256 of the token in the mail, hex.
  token_hash         TEXT COLLATE "C" NOT NULL UNIQUE,
  -- 'pending', 'accepted', 'revoked'.
  status             TEXT NOT NULL,
  expires_at         BIGINT NOT NULL,
  invited_by_user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  user_id            TEXT COLLATE "C" REFERENCES users (id),
  accepted_at        BIGINT,
  created_at         BIGINT NOT NULL,
  updated_at         BIGINT NOT NULL
);
CREATE INDEX invitations_tenant ON invitations (tenant_id, id);
CREATE UNIQUE INDEX invitations_pending ON invitations (tenant_id, email) WHERE status = 'pending';
CREATE INDEX invitations_email ON invitations (email, status);

-- Tokens that a mail carries; a new one replaces the one before.
CREATE TABLE user_tokens (
  user_id       TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  -- 'verify_email', 'reset_password'.
  purpose       TEXT COLLATE "C" NOT NULL,
  -- HMAC-SHA256, hex.
  token_hash    TEXT COLLATE "C" NOT NULL UNIQUE,
  -- The invitation that is accepted once the address is verified.
  invitation_id TEXT COLLATE "C",
  expires_at    BIGINT NOT NULL,
  created_at    BIGINT NOT NULL,
  PRIMARY KEY (user_id, purpose)
);
CREATE INDEX user_tokens_expires ON user_tokens (expires_at);

-- Failed sign-ins by address (known or not) and by network address.
CREATE TABLE login_attempts (
  -- 'email:' or 'ip:' and an HMAC-SHA256, hex.
  subject      TEXT COLLATE "C" PRIMARY KEY,
  failures     BIGINT NOT NULL,
  window_start BIGINT NOT NULL,
  locked_until BIGINT
);
CREATE INDEX login_attempts_window ON login_attempts (window_start);

-- Keys that sign access tokens. The newest signs; one before it verifies until the last token it signed has ended.
CREATE TABLE signing_keys (
  id          TEXT COLLATE "C" PRIMARY KEY,
  -- Ed25519, PKCS #8, sealed with the master key.
  private_key TEXT NOT NULL,
  -- 32 bytes, base64url.
  public_key  TEXT NOT NULL,
  created_at  BIGINT NOT NULL
);
