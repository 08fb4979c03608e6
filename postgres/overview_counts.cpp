#include <nlohmann/json.hpp>

#include "postgres/overview.h"
#include "postgres/overview_cache.h"
#include "postgres/overview_query.h"

namespace calmux::postgres {

namespace {

using nlohmann::json;

// A count for each source and status is a scan of its own stretch of one index.
constexpr Statement count_mappings{"count_mappings", R"(
SELECT coalesce(jsonb_object_agg(s.source_id, s.counts), '{}')
FROM (SELECT s.source_id, jsonb_object_agg(t.status, (
        SELECT count(*) FROM event_mappings m
        WHERE m.workspace_id = $1 AND m.source_id = s.source_id AND m.sync_status = t.status)) AS counts
      FROM source_calendars s, unnest(ARRAY['synced', 'pending', 'error', 'deleted']) AS t (status)
      WHERE s.workspace_id = $1 GROUP BY s.source_id) AS s)"};

constexpr Statement count_work{"count_work", R"(
SELECT jsonb_build_object(
  'inbox', (
    SELECT jsonb_build_object('pending', count(*) FILTER (WHERE state = 'pending'), 'running', count(*) FILTER (WHERE state = 'running'),
      'oldest_pending_seconds', extract(epoch FROM now() - min(received_at) FILTER (WHERE state = 'pending')))
    FROM inbox WHERE workspace_id = $1 AND state IN ('pending', 'running'))
  || jsonb_build_object(
    'dead', (SELECT count(*) FROM inbox WHERE workspace_id = $1 AND state = 'dead'),
    'done', (SELECT count(*) FROM inbox WHERE workspace_id = $1 AND state = 'done')),
  'objects', (
    SELECT jsonb_build_object('pending', count(*) FILTER (WHERE state = 'pending'), 'writing', count(*) FILTER (WHERE state = 'writing'),
      'error', count(*) FILTER (WHERE state = 'error'),
      'oldest_unwritten_seconds', extract(epoch FROM now() - min(desired_since)),
      'clean', (SELECT count(*) FROM calendar_objects WHERE workspace_id = $1) - count(*))
    FROM calendar_objects WHERE workspace_id = $1 AND state <> 'clean')))"};

constexpr Statement list_sources{"list_sources", R"(
SELECT coalesce(jsonb_agg(jsonb_build_object(
  'source_id', s.source_id, 'display_name', s.display_name, 'type', s.type, 'priority', s.priority, 'disclosure', s.disclosure,
  'enabled', s.enabled, 'expected_cadence_seconds', extract(epoch FROM s.expected_cadence)::bigint,
  'last_seen', rfc3339(s.last_seen), 'last_change', rfc3339(s.last_change), 'last_sync', rfc3339((
    SELECT h.created_at
    FROM (SELECT id, created_at, outcome FROM sync_history
          WHERE workspace_id = $1 AND source_id = s.source_id ORDER BY id DESC LIMIT 1000) AS h
    WHERE h.outcome IN ('created', 'updated', 'deleted', 'unchanged') AND h.outcome IS NOT NULL
    ORDER BY h.id DESC LIMIT 1))) ORDER BY s.source_id), '[]')
FROM source_calendars s
WHERE s.workspace_id = $1 AND ($2::text = '' OR s.source_id = $2))"};

}  // namespace

Overview::Overview(Pool& pool, std::int64_t workspace_id)
    : pool_(pool), workspace_id_(workspace_id), cache_(std::make_shared<Cache>()) {}

Result<json> Overview::counts() {
  return cache_->get("mappings", [&] { return query_json(pool_, count_mappings, workspace_id_); });
}

Result<json> Overview::work() {
  return cache_->get("work", [&] { return query_json(pool_, count_work, workspace_id_); });
}

Result<json> Overview::listed_sources(const std::string& source_id) {
  auto listed = query_json(pool_, list_sources, workspace_id_, source_id);
  if (!listed) return listed;
  const auto counted = counts();
  if (!counted) return counted;
  for (auto& source : *listed) {
    // A source that registered itself since the count was taken has none.
    const auto by_status = counted->value(source["source_id"].get<std::string>(), json::object());
    source["event_count"] = by_status.value("synced", 0) + by_status.value("pending", 0) + by_status.value("error", 0);
    source["sync_errors"] = by_status.value("error", 0);
  }
  return listed;
}

Result<json> Overview::sources() {
  return listed_sources("");
}

Result<json> Overview::source(const std::string& source_id) {
  auto listed = source_id.empty() ? Result<json>(json::array()) : listed_sources(source_id);
  if (!listed) return listed;
  if (listed->empty()) return fail(ErrorKind::not_found, "there is no source '" + source_id + "'");
  return listed->front();
}

Result<json> Overview::stats() {
  auto listed = sources();
  if (!listed) return listed;
  const auto counted = counts();
  if (!counted) return counted;
  const auto working = work();
  if (!working) return working;
  auto recent = history("", "", "", Page{10, std::nullopt});
  if (!recent) return recent;

  json by_status{{"synced", 0}, {"pending", 0}, {"error", 0}, {"deleted", 0}};
  std::int64_t total = 0;
  for (const auto& [source, statuses] : counted->items()) {
    for (const auto& [status, count] : statuses.items()) {
      by_status[status] = by_status.value(status, std::int64_t{0}) + count.get<std::int64_t>();
      total += count.get<std::int64_t>();
    }
  }
  return json{{"total_events", total},
              {"events_by_status", std::move(by_status)},
              {"recent_sync_operations", std::move(*recent)},
              {"sources", std::move(*listed)},
              {"inbox", working->at("inbox")},
              {"objects", working->at("objects")}};
}

Result<json> Overview::gauges() {
  const auto working = work();
  if (!working) return working;
  json flat = json::object();
  for (const auto& [part, numbers] : working->items()) {
    for (const auto& [name, number] : numbers.items()) flat[part + "_" + name] = number.is_null() ? json(0) : number;
  }
  return flat;
}

}  // namespace calmux::postgres
