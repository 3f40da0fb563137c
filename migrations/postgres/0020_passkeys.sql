-- Passkeys: keys of people that live in their devices. Workspaces that ask for a second factor. Devices as strong as who allowed them.

CREATE TABLE passkeys (
  id            TEXT COLLATE "C" PRIMARY KEY,
  user_id       TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  -- What the device calls it, base64url.
  credential_id TEXT COLLATE "C" NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  -- Its public key, the count of its signatures and what else the device said, JSON. Nothing of it is secret.
  credential    TEXT NOT NULL,
  created_at    BIGINT NOT NULL,
  last_used_at  BIGINT
);
CREATE INDEX passkeys_user ON passkeys (user_id, created_at);

-- Questions that a passkey has yet to answer: good once, for minutes.
CREATE TABLE passkey_challenges (
  -- HMAC-SHA256 of the token, hex.
  token_hash TEXT COLLATE "C" PRIMARY KEY,
  -- 'add', 'prove', 'second_step', 'sign_in'.
  purpose    TEXT NOT NULL,
  -- Whom else it belongs to: a session, the hash of a token of the first step, or nobody ('').
  bound_to   TEXT COLLATE "C" NOT NULL,
  -- NULL: the answer will tell who it is.
  user_id    TEXT COLLATE "C" REFERENCES users (id),
  -- What a passkey that is added will be called.
  name       TEXT NOT NULL,
  -- What the answer must fit, JSON.
  state      TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX passkey_challenges_bound ON passkey_challenges (bound_to);
CREATE INDEX passkey_challenges_user ON passkey_challenges (user_id);
CREATE INDEX passkey_challenges_expires ON passkey_challenges (expires_at);

-- Whether members must have shown a second factor before the workspace answers.
ALTER TABLE tenant_settings ADD COLUMN require_second_factor BOOLEAN NOT NULL DEFAULT FALSE;

-- The session from which a device was allowed; the device's is as strong.
ALTER TABLE device_logins ADD COLUMN session_id TEXT COLLATE "C";
