-- What a series' object takes over is deleted only once that object is written: better shown twice for a moment than not at all.
ALTER TABLE calendar_objects ADD COLUMN waits_for bigint;
CREATE INDEX calendar_objects_waiting ON calendar_objects (workspace_id, waits_for) WHERE waits_for IS NOT NULL;
COMMENT ON COLUMN calendar_objects.waits_for IS 'For a deletion: the object that shows the event from then on, which is written first; NULL: nothing to wait for.';
