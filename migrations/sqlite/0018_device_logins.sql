-- Sign-ins of devices without a browser of their own: asked for there, allowed by a person in a browser somewhere else.

CREATE TABLE device_logins (
  id               TEXT PRIMARY KEY,
  -- What is kept of the two codes: keyed hashes. The device has one, the person is shown the other.
  device_code_hash TEXT NOT NULL UNIQUE,
  user_code_hash   TEXT NOT NULL UNIQUE,
  -- Who asks, as it calls itself, and from where: for the person who decides.
  client_name      TEXT NOT NULL,
  ip               TEXT,
  user_agent       TEXT,
  -- pending, approved, denied or used.
  state            TEXT NOT NULL,
  user_id          TEXT REFERENCES users (id),
  decided_at       INTEGER,
  -- Seconds that the device must leave between two questions, and when it asked last.
  pause            INTEGER NOT NULL,
  polled_at        INTEGER,
  created_at       INTEGER NOT NULL,
  expires_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX device_logins_age ON device_logins (expires_at);
