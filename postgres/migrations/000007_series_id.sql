-- Events that name a series are looked up by it: what belongs together may be stored under the series' id or a UID.
CREATE INDEX source_events_series ON source_events (workspace_id, series_id, source_id) WHERE series_id <> '';
