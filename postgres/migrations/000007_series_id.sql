-- Events that name a series are looked up by it: what belongs together may be stored under the series' id or a UID.
CREATE INDEX source_events_series ON source_events (workspace_id, series_id, source_id) WHERE series_id <> '';

-- Groups are named by the UID where one is known (mappings/group_key.h).
UPDATE source_events SET group_key = 'uid:' || uid WHERE uid <> '';
UPDATE calendar_objects o SET group_key = e.group_key
FROM source_events e
WHERE e.workspace_id = o.workspace_id AND e.source_id = o.source_id AND e.source_event_id = o.object_key AND e.group_key <> o.group_key;
