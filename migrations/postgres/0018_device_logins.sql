-- Sign-ins of devices without a browser of their own: asked for there, allowed by a person in a browser somewhere else.

CREATE TABLE device_logins (
  id               TEXT COLLATE "C" PRIMARY KEY,
  -- What is kept of the two codes: keyed hashes. The device has one, the person is shown the other.
  device_code_hash TEXT COLLATE "C" NOT NULL UNIQUE,
  user_code_hash   TEXT COLLATE "C" NOT NULL UNIQUE,
  -- Who asks, as it calls itself, and from where: for the person who decides.
  client_name      TEXT NOT NULL,
  ip               TEXT,
  user_agent       TEXT,
  -- pending, approved, denied or used.
  state            TEXT NOT NULL,
  user_id          TEXT COLLATE "C" REFERENCES users (id),
  decided_at       BIGINT,
  -- Seconds that the device must leave between two questions, and when it asked last.
  pause            BIGINT NOT NULL,
  polled_at        BIGINT,
  created_at       BIGINT NOT NULL,
  expires_at       BIGINT NOT NULL
);
CREATE INDEX device_logins_age ON device_logins (expires_at);
