-- What each source says of its events now.

CREATE TABLE source_events (
  workspace_id bigint NOT NULL,
  source_id text NOT NULL,
  source_event_id text NOT NULL,
  group_key text NOT NULL,
  uid text NOT NULL DEFAULT '',
  series_id text NOT NULL DEFAULT '',
  recurrence_id text,
  version_modified timestamptz,
  version_arrival bigint NOT NULL,
  deleted boolean NOT NULL DEFAULT false,
  deleted_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  event jsonb NOT NULL,
  PRIMARY KEY (workspace_id, source_id, source_event_id)
);
ALTER TABLE source_events ALTER COLUMN event SET STATISTICS 0;
CREATE INDEX source_events_group ON source_events (workspace_id, source_id, group_key);

COMMENT ON TABLE source_events IS 'One row is what one source says of one event now; a deleted event stays as a tombstone, so that late updates do not revive it.';
COMMENT ON COLUMN source_events.group_key IS 'The id of the series that the event belongs to, or its own: what is resolved together.';
COMMENT ON COLUMN source_events.recurrence_id IS 'Original start of an occurrence or exception: a date, an instant in UTC, or wall time with its zone.';
COMMENT ON COLUMN source_events.version_modified IS 'lastModifiedDateTime of the statement that is kept; NULL where the source sent none.';
COMMENT ON COLUMN source_events.version_arrival IS 'inbox.id of the statement that is kept.';
COMMENT ON COLUMN source_events.event IS 'The normalised event, after the disclosure rules of its source.';
