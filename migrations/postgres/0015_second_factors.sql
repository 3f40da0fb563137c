-- What people show besides a password: codes of an authenticator app, and recovery codes for the day it is lost.

CREATE TABLE second_factors (
  id           TEXT COLLATE "C" PRIMARY KEY,
  user_id      TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  -- 'totp'.
  kind         TEXT NOT NULL,
  name         TEXT NOT NULL,
  -- What codes are made of, sealed with the master key.
  secret       TEXT NOT NULL,
  -- The step of 30 seconds whose code was accepted last: that one and those before it are good no more.
  last_step    BIGINT NOT NULL,
  created_at   BIGINT NOT NULL,
  -- When its first code was shown; NULL: not yet, and it is asked for nowhere.
  confirmed_at BIGINT,
  last_used_at BIGINT
);
CREATE INDEX second_factors_user ON second_factors (user_id, created_at);
CREATE INDEX second_factors_unconfirmed ON second_factors (created_at) WHERE confirmed_at IS NULL;

-- Good once each. New ones replace all from before.
CREATE TABLE recovery_codes (
  user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  -- HMAC-SHA256 of person and code, hex.
  code_hash  TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  used_at    BIGINT,
  PRIMARY KEY (user_id, code_hash)
);

-- People whose password was right and who have yet to show a second factor.
CREATE TABLE second_factor_challenges (
  -- HMAC-SHA256 of the token, hex.
  token_hash TEXT PRIMARY KEY,
  user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  -- Counted before a code is looked at.
  tries      BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX second_factor_challenges_user ON second_factor_challenges (user_id);
CREATE INDEX second_factor_challenges_expires ON second_factor_challenges (expires_at);

-- What was shown besides the password: 'totp', 'recovery_code'; NULL: nothing.
ALTER TABLE sessions ADD COLUMN second_factor TEXT;
