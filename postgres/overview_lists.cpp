#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "postgres/overview.h"
#include "postgres/overview_query.h"

namespace calmux::postgres {

namespace {

using nlohmann::json;

// For each source and status the newest of its stretch of the index, then the newest of those: flat whatever the
// filters leave out. The comparison of whole rows names the order of that index; with equalities the planner may walk
// through all mappings by id instead.
constexpr Statement list_events{"list_events", R"(
SELECT coalesce(jsonb_agg(jsonb_build_object(
  'id', m.id, 'source_id', m.source_id, 'source_event_id', m.source_event_id, 'title', coalesce(e.event ->> 'title', ''),
  'caldav_uid', m.caldav_uid, 'caldav_url', m.caldav_url, 'sync_status', m.sync_status, 'last_synced', rfc3339(m.last_synced),
  'last_error', m.last_error, 'created_at', rfc3339(m.created_at), 'updated_at', rfc3339(m.updated_at)) ORDER BY m.id DESC), '[]')
FROM (
  SELECT newest.*
  FROM (SELECT source_id FROM source_calendars WHERE workspace_id = $1 AND ($2::text = '' OR source_id = $2)) AS s
    CROSS JOIN (SELECT status FROM unnest(ARRAY['synced', 'pending', 'error', 'deleted']) AS t (status)
                WHERE $3::text = '' OR status = $3) AS t
    CROSS JOIN LATERAL (
      SELECT * FROM event_mappings
      WHERE workspace_id = $1 AND (source_id, sync_status, id) < (s.source_id, t.status, $4::bigint)
      ORDER BY source_id DESC, sync_status DESC, id DESC LIMIT $5) AS newest
  WHERE newest.source_id = s.source_id AND newest.sync_status = t.status
  ORDER BY newest.id DESC LIMIT $5) AS m
LEFT JOIN source_events e ON e.workspace_id = $1 AND e.source_id = m.source_id AND e.source_event_id = m.source_event_id)"};

#define CALMUX_HISTORY(filter)                                                                                 \
  "SELECT coalesce(jsonb_agg(jsonb_build_object("                                                              \
  "  'id', id, 'source_id', source_id, 'source_event_id', source_event_id, 'operation_type', operation_type, " \
  "'status', status,"                                                                                          \
  "  'outcome', outcome, 'detail', detail, 'warnings', warnings, 'request_id', request_id, 'created_at', "     \
  "rfc3339(created_at))"                                                                                       \
  "  ORDER BY id DESC), '[]')"                                                                                 \
  " FROM (SELECT * FROM sync_history WHERE workspace_id = $1 AND id < $5" filter                               \
  "   AND ($3::text = '' OR operation_type = $3) AND ($4::text = '' OR status = $4) ORDER BY id DESC LIMIT $6) AS h"

// One statement for each filter that has an index of its own.
constexpr Statement list_history{"list_history", CALMUX_HISTORY(" AND $2::text = ''")};
constexpr Statement list_history_of_source{"list_history_of_source", CALMUX_HISTORY(" AND source_id = $2")};
constexpr Statement list_history_errors{"list_history_errors",
                                        CALMUX_HISTORY(" AND $2::text = '' AND status = 'error'")};
#undef CALMUX_HISTORY

constexpr Statement list_dead_letters{"list_dead_letters", R"(
SELECT coalesce(jsonb_agg(jsonb_build_object(
  'id', id, 'source_id', source_id, 'source_event_id', source_event_id, 'operation', operation, 'request_id', request_id,
  'attempt', attempt, 'reason', reason, 'received_at', rfc3339(received_at), 'finished_at', rfc3339(finished_at),
  'replayable', operation IS NOT NULL, 'body', left(body, 4000), 'body_bytes', octet_length(body)) ORDER BY id DESC), '[]')
FROM (SELECT * FROM inbox WHERE workspace_id = $1 AND state = 'dead' AND ($2::text = '' OR source_id = $2) AND id < $3
      ORDER BY id DESC LIMIT $4) AS d)"};

int limit_of(const Page& page) {
  return std::clamp(page.limit, 1, 1000);
}
std::int64_t before(const Page& page) {
  return page.before_id.value_or(std::numeric_limits<std::int64_t>::max());
}

}  // namespace

Result<json> Overview::events(const std::string& source_id, const std::string& sync_status, const Page& page) {
  return query_json(pool_, list_events, workspace_id_, source_id, sync_status, before(page), limit_of(page));
}

Result<json> Overview::history(const std::string& source_id, const std::string& operation_type,
                               const std::string& status, const Page& page) {
  const auto& statement = !source_id.empty()  ? list_history_of_source
                          : status == "error" ? list_history_errors
                                              : list_history;
  return query_json(pool_, statement, workspace_id_, source_id, operation_type, status, before(page), limit_of(page));
}

Result<json> Overview::dead_letters(const std::string& source_id, const Page& page) {
  return query_json(pool_, list_dead_letters, workspace_id_, source_id, before(page), limit_of(page));
}

}  // namespace calmux::postgres
