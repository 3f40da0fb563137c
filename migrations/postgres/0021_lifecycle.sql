-- How workspaces, members and people leave for a while or for good; how long a workspace keeps its audit log; whom security
-- events are about. Tables of their own where nodes of the release before read all columns of a row.

-- Members who may not enter until somebody lets them in again. Their membership is 'removed', which every node understands.
CREATE TABLE member_deactivations (
  tenant_id      TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
  user_id        TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  deactivated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX member_deactivations_user ON member_deactivations (user_id);

-- What the workspace decided about its audit log; no row: as the installation says.
CREATE TABLE audit_retentions (
  tenant_id  TEXT COLLATE "C" PRIMARY KEY REFERENCES tenants (id),
  days       BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- The account that an event is about, if it is about one, and where the request came from.
ALTER TABLE security_events ADD COLUMN user_id TEXT COLLATE "C";
ALTER TABLE security_events ADD COLUMN ip TEXT;
ALTER TABLE security_events ADD COLUMN user_agent TEXT;
CREATE INDEX security_events_user ON security_events (user_id, id) WHERE user_id IS NOT NULL;

-- Each node asks every second or so which workspaces are closed: there are few.
CREATE INDEX tenants_closed ON tenants (status, id) WHERE status <> 'active';
