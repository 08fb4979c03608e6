-- Workspaces, their sources and the keys with which sources post.
-- workspace_id leads every key: it isolates workspaces now and is the distribution column of a sharded PostgreSQL later.

CREATE FUNCTION rfc3339(at timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
COMMENT ON FUNCTION rfc3339 IS 'A time as the API shows it: UTC, with a Z.';

CREATE TABLE workspaces (
  workspace_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE CHECK (name <> ''),
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE workspaces IS 'One row is the owner of one consolidated calendar.';

CREATE TABLE source_calendars (
  workspace_id bigint NOT NULL REFERENCES workspaces,
  source_id text NOT NULL CHECK (source_id <> ''),
  display_name text NOT NULL DEFAULT '',
  type text NOT NULL DEFAULT 'webhook',
  priority integer NOT NULL DEFAULT 0,
  disclosure text NOT NULL DEFAULT 'full',
  expected_cadence interval,
  last_seen timestamptz,
  last_change timestamptz,
  sync_position text,
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, source_id),
  CONSTRAINT source_calendars_disclosure_check CHECK (disclosure IN ('full', 'titles', 'busy'))
);
COMMENT ON TABLE source_calendars IS 'One row is one source of events; a source registers itself with its first delivery.';
COMMENT ON COLUMN source_calendars.type IS 'How its events arrive: webhook, m365, icloud, caldav, ics.';
COMMENT ON COLUMN source_calendars.priority IS 'For the conflict strategy priority_based: the higher number wins.';
COMMENT ON COLUMN source_calendars.disclosure IS 'What may be stored of its events: full, titles (no texts), busy (times only). Applied when a delivery is received.';
COMMENT ON COLUMN source_calendars.expected_cadence IS 'How often something should arrive; longer silence is reported. NULL: no expectation.';
COMMENT ON COLUMN source_calendars.last_seen IS 'When its last delivery arrived; kept to the second, so that a busy source does not rewrite this row for every delivery.';
COMMENT ON COLUMN source_calendars.last_change IS 'When a delivery last changed the consolidated calendar; kept to the second.';
COMMENT ON COLUMN source_calendars.sync_position IS 'For pulled sources: sync-token, ctag or delta link to continue from.';

CREATE TABLE api_keys (
  workspace_id bigint NOT NULL REFERENCES workspaces,
  id bigint GENERATED ALWAYS AS IDENTITY,
  key_hash text NOT NULL CHECK (key_hash ~ '^[0-9a-f]{64}$'),
  label text NOT NULL DEFAULT '',
  sources text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, key_hash)
);
COMMENT ON TABLE api_keys IS 'One row is one API key. The key itself is kept nowhere.';
COMMENT ON COLUMN api_keys.key_hash IS 'SHA-256 of the key, lower-case hex.';
COMMENT ON COLUMN api_keys.sources IS 'The sources that it may post for; empty: all.';
COMMENT ON COLUMN api_keys.revoked_at IS 'Set to withdraw the key.';
