-- After workspace_id comes the column that tells rows apart. Names of sources are few: comparing them first costs time with
-- every row, and while a table is young the planner takes an index by (workspace, source) for as telling as any other.

ALTER TABLE inbox
  DROP CONSTRAINT inbox_idempotency_key,
  ADD CONSTRAINT inbox_idempotency_key UNIQUE (workspace_id, idempotency_key, source_id);

DROP INDEX inbox_open_event;
CREATE INDEX inbox_open_event ON inbox (workspace_id, source_event_id, source_id) WHERE finished_at IS NULL;

DROP INDEX source_events_group;
CREATE INDEX source_events_group ON source_events (workspace_id, group_key, source_id);

DROP INDEX calendar_objects_group;
CREATE INDEX calendar_objects_group ON calendar_objects (workspace_id, group_key, source_id);
