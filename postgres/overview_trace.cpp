#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "postgres/overview.h"
#include "postgres/overview_query.h"

namespace calmux::postgres {

namespace {

using nlohmann::json;

// Written is also what had to go once the object was there.
constexpr Statement find_operation{"find_operation", R"(
SELECT jsonb_agg(jsonb_build_object(
  'item', d.item, 'source_id', d.source_id, 'source_event_id', d.source_event_id, 'operation', d.operation, 'state', d.stage,
  'status', CASE d.stage WHEN 'received' THEN 'accepted' WHEN 'written' THEN 'success' WHEN 'skipped' THEN 'skipped'
                         WHEN 'error' THEN 'error' WHEN 'dead' THEN 'error'
                         ELSE CASE WHEN d.outcome <> 'hold' AND d.object_id IS NULL THEN 'success' ELSE 'accepted' END END,
  'outcome', d.outcome, 'reason', CASE WHEN d.stage = 'error' THEN d.last_error ELSE d.reason END,
  'caldav_uid', d.uid, 'caldav_url', nullif(d.href, ''),
  'received_at', rfc3339(d.received_at), 'finished_at', rfc3339(d.finished_at)) ORDER BY d.item, d.id)
FROM (
  SELECT i.*, o.uid, o.href, o.last_error,
    CASE WHEN i.state IN ('pending', 'running') THEN 'received'
         WHEN i.state = 'dead' THEN 'dead'
         WHEN i.outcome IN ('unchanged', 'stale', 'late', 'outside_window', 'already_deleted', 'skip') THEN 'skipped'
         WHEN i.outcome = 'hold' THEN 'decided'
         WHEN o.written_version >= i.object_version
           AND NOT EXISTS (SELECT FROM calendar_objects gone WHERE gone.workspace_id = $1 AND gone.waits_for = o.id
                           AND gone.waits_for IS NOT NULL AND gone.state || '' IN ('pending', 'writing')) THEN 'written'
         WHEN o.state = 'error' THEN 'error'
         ELSE 'decided' END AS stage
  FROM inbox i LEFT JOIN calendar_objects o ON o.workspace_id = $1 AND o.id = i.object_id
  WHERE i.workspace_id = $1 AND i.request_id = $2) AS d)"};

// Done deliveries of an event are found through its history, whose rows name them: no index of the inbox has to hold
// them.
constexpr Statement trace_event{"trace_event", R"(
WITH wanted AS MATERIALIZED (
  SELECT * FROM (
  SELECT source_id, source_event_id FROM event_mappings WHERE workspace_id = $1 AND id = $3
  UNION
  SELECT s.source_id, $2::text
  FROM source_calendars s
  WHERE s.workspace_id = $1 AND (
    EXISTS (SELECT FROM source_events e WHERE e.workspace_id = $1 AND e.source_id = s.source_id AND e.source_event_id = $2)
    OR EXISTS (SELECT FROM sync_history h WHERE h.workspace_id = $1 AND h.source_id = s.source_id AND h.source_event_id = $2)
    OR EXISTS (SELECT FROM inbox i WHERE i.workspace_id = $1 AND i.source_id = s.source_id AND i.source_event_id = $2
                 AND i.finished_at IS NULL))
  ) AS w LIMIT (SELECT 2147483647)
), mapped AS MATERIALIZED (
  SELECT m.* FROM wanted w
  JOIN event_mappings m ON m.workspace_id = $1 AND m.source_id = w.source_id AND m.source_event_id = w.source_event_id
), history AS MATERIALIZED (
  SELECT * FROM (
    SELECT h.* FROM wanted w
    JOIN sync_history h ON h.workspace_id = $1 AND h.source_id = w.source_id AND h.source_event_id = w.source_event_id
    UNION
    SELECT h.* FROM mapped m JOIN sync_history h ON h.workspace_id = $1 AND h.object_id = m.object_id AND h.inbox_id IS NULL
  ) AS every ORDER BY id DESC LIMIT (SELECT 500)
), deliveries AS MATERIALIZED (
  SELECT i.id, i.received_at, i.source_id, i.source_event_id, i.operation, i.request_id, i.state, i.attempt, i.reason FROM wanted w
  JOIN inbox i ON i.workspace_id = $1 AND i.source_id = w.source_id AND i.source_event_id = w.source_event_id
    AND i.finished_at IS NULL
  UNION
  SELECT i.id, i.received_at, i.source_id, i.source_event_id, i.operation, i.request_id, i.state, i.attempt, i.reason FROM history h
  JOIN inbox i ON i.workspace_id = $1 AND i.id = h.inbox_id
), entries AS (
  SELECT received_at AS at, 0 AS rank, id, jsonb_build_object('at', rfc3339(received_at), 'what', 'received', 'delivery_id', id,
    'source_id', source_id, 'source_event_id', source_event_id, 'operation', operation, 'request_id', request_id, 'state', state,
    'attempt', attempt, 'reason', reason) AS entry FROM deliveries
  UNION ALL
  SELECT created_at, 1, id, jsonb_build_object('at', rfc3339(created_at), 'what', 'history', 'id', id, 'source_id', source_id,
    'source_event_id', source_event_id, 'operation_type', operation_type, 'status', status, 'outcome', outcome, 'detail', detail,
    'warnings', warnings, 'request_id', request_id, 'delivery_id', inbox_id) FROM history
)
SELECT jsonb_build_object(
  'events', (
    SELECT jsonb_agg(jsonb_build_object(
      'source_id', w.source_id, 'source_event_id', w.source_event_id, 'group_key', e.group_key, 'title', e.event ->> 'title',
      'deleted', e.deleted, 'version', rfc3339(e.version_modified),
      'mapping', CASE WHEN m.id IS NOT NULL THEN jsonb_build_object('id', m.id, 'sync_status', m.sync_status,
        'caldav_uid', m.caldav_uid, 'caldav_url', m.caldav_url, 'last_synced', rfc3339(m.last_synced), 'last_error', m.last_error) END,
      'object', CASE WHEN o.id IS NOT NULL THEN jsonb_build_object('id', o.id, 'uid', o.uid, 'href', o.href, 'etag', o.etag,
        'state', o.state, 'deleted', o.desired IS NULL, 'desired_version', o.desired_version, 'written_version', o.written_version,
        'attempt', o.attempt, 'next_attempt_at', rfc3339(CASE WHEN o.state IN ('pending', 'writing') THEN o.next_attempt_at END),
        'last_error', o.last_error) END) ORDER BY w.source_id)
    FROM wanted w
    LEFT JOIN source_events e ON e.workspace_id = $1 AND e.source_id = w.source_id AND e.source_event_id = w.source_event_id
    LEFT JOIN event_mappings m ON m.workspace_id = $1 AND m.source_id = w.source_id AND m.source_event_id = w.source_event_id
    LEFT JOIN calendar_objects o ON o.workspace_id = $1 AND o.id = m.object_id),
  'entries', coalesce((SELECT jsonb_agg(entry ORDER BY at, rank, id) FROM entries), '[]'))
WHERE EXISTS (SELECT FROM wanted))"};

/// The id of a mapping, or one that no mapping has.
std::int64_t mapping_id(const std::string& text) {
  const bool digits = !text.empty() && text.size() <= 18 &&
                      std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
  return digits ? std::stoll(text) : -1;
}

}  // namespace

Result<json> Overview::operation(const std::string& request_id) {
  auto deliveries = query_json(pool_, find_operation, workspace_id_, request_id);
  if (!deliveries) return deliveries;
  if (deliveries->is_null())
    return fail(ErrorKind::not_found, "there is no request '" + request_id + "', or its deliveries were pruned");
  return json{{"request_id", request_id}, {"deliveries", std::move(*deliveries)}};
}

Result<json> Overview::trace(const std::string& event) {
  auto traced = query_json(pool_, trace_event, workspace_id_, event, mapping_id(event));
  if (traced && traced->is_null()) return fail(ErrorKind::not_found, "there is no event '" + event + "'");
  return traced;
}

}  // namespace calmux::postgres
