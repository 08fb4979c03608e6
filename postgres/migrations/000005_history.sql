-- The trace of every event.

CREATE TABLE sync_history (
  workspace_id bigint NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  source_id text NOT NULL,
  source_event_id text NOT NULL,
  object_id bigint,
  inbox_id bigint,
  request_id text NOT NULL DEFAULT '',
  operation_type text NOT NULL,
  status text NOT NULL,
  outcome text NOT NULL DEFAULT '',
  detail text NOT NULL DEFAULT '',
  warnings jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id),
  CONSTRAINT sync_history_status_check CHECK (status IN ('success', 'skipped', 'error', 'pending'))
);
CREATE INDEX sync_history_event ON sync_history (workspace_id, source_id, source_event_id, id);
CREATE INDEX sync_history_source ON sync_history (workspace_id, source_id, id);
CREATE INDEX sync_history_object ON sync_history (workspace_id, object_id, id) WHERE object_id IS NOT NULL;
CREATE INDEX sync_history_error ON sync_history (workspace_id, id) WHERE status = 'error';

COMMENT ON TABLE sync_history IS 'One row is one thing that happened to one event.';
COMMENT ON COLUMN sync_history.operation_type IS 'create, update, delete: what the sender asked or the writer did; repair, replay: what an operator or the reconciler asked.';
COMMENT ON COLUMN sync_history.outcome IS 'How it ended, by name: a fold''s outcome, a write''s result, dead, repair, replay.';
COMMENT ON COLUMN sync_history.detail IS 'The reason, or what the server answered. No event text.';
COMMENT ON COLUMN sync_history.warnings IS 'What was uncertain, as a list of sentences.';
COMMENT ON COLUMN sync_history.inbox_id IS 'The delivery; its row may be pruned already.';
