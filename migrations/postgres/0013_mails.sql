-- Mails to people, written with what they are about and sent after it is committed; and what happened to security.

CREATE TABLE mails (
  id          TEXT COLLATE "C" PRIMARY KEY,
  -- NULL: about a person rather than a workspace.
  tenant_id   TEXT COLLATE "C" REFERENCES tenants (id),
  recipient   TEXT NOT NULL,
  template    TEXT NOT NULL,
  -- JSON of everything the template shows but its link; and that link, sealed, until the mail is sent.
  variables   TEXT NOT NULL,
  sealed_link TEXT,
  -- The same news is told the same person once.
  dedupe_key  TEXT NOT NULL,
  state       TEXT NOT NULL,
  attempts    BIGINT NOT NULL,
  -- When it is to be tried; pushed into the future by whoever tries it, so that nobody else does meanwhile. NULL: done with.
  due_at      BIGINT,
  claimed_by  TEXT,
  error       TEXT,
  created_at  BIGINT NOT NULL,
  -- Sent or given up.
  finished_at BIGINT
);
CREATE UNIQUE INDEX mails_once ON mails (template, recipient, dedupe_key);
CREATE INDEX mails_due ON mails (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX mails_tenant ON mails (tenant_id, id);
CREATE INDEX mails_age ON mails (created_at);

CREATE TABLE security_events (
  id         TEXT COLLATE "C" PRIMARY KEY,
  tenant_id  TEXT COLLATE "C" REFERENCES tenants (id),
  kind       TEXT NOT NULL,
  -- Whom it is about: an address, an account, a key.
  subject    TEXT NOT NULL,
  meta       TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX security_events_tenant ON security_events (tenant_id, id);
CREATE INDEX security_events_age ON security_events (created_at);
