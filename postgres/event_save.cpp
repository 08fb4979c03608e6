#include "postgres/event_save.h"

#include <map>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>
#include <utility>

#include "mappings/date_text.h"
#include "postgres/binary_array.h"
#include "postgres/connection.h"

namespace calmux::postgres {

namespace {

using EventId = std::pair<std::string_view, std::string_view>;  // source id, source event id

// Microseconds since the epoch are exact in an interval's product with a number: below 2^53 for some 280 years around
// 1970, and to the nearest even microsecond beyond.
constexpr Statement upsert_events{"upsert_events", R"(
INSERT INTO source_events AS s
  (workspace_id, source_id, source_event_id, group_key, event, uid, recurrence_id, series_id, version_modified, version_arrival,
   deleted, deleted_at)
SELECT $1::bigint, source_id, source_event_id, group_key, event::jsonb, uid, recurrence_id, series_id,
  timestamptz 'epoch' + modified * interval '1 microsecond', arrival, deleted = 1,
  timestamptz 'epoch' + deleted_at * interval '1 second'
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::bigint[],
            $11::bigint[], $12::bigint[])
  AS e (source_id, source_event_id, group_key, event, uid, recurrence_id, series_id, modified, arrival, deleted, deleted_at)
ON CONFLICT (workspace_id, source_id, source_event_id) DO UPDATE
SET group_key = excluded.group_key, event = excluded.event, uid = excluded.uid, recurrence_id = excluded.recurrence_id,
  series_id = excluded.series_id, version_modified = excluded.version_modified, version_arrival = excluded.version_arrival,
  deleted = excluded.deleted, deleted_at = excluded.deleted_at, updated_at = now())"};

constexpr Statement move_objects{"move_objects", R"(
UPDATE calendar_objects o SET group_key = moved.group_key
FROM (SELECT $1::bigint AS workspace_id, moved.* FROM unnest($2::text[], $3::text[], $4::text[]) AS moved (source_id, object_key, group_key) LIMIT (SELECT 2147483647)) AS moved
WHERE o.workspace_id = moved.workspace_id AND o.source_id = moved.source_id AND o.object_key = moved.object_key
  AND o.group_key <> moved.group_key)"};

void save_moves(pqxx::transaction_base& transaction, std::int64_t workspace_id, std::span<const Group> before,
                const std::map<EventId, const StoredEvent*>& events) {
  auto source = text_array(), key = text_array(), group_key = text_array();
  std::map<EventId, const std::string*> moved;
  for (const auto& group : before) {
    for (const auto& known : group.events) {
      const auto found = events.find({group.source_id, known.event.source_event_id});
      if (found != events.end() && found->second->group_key != group.group_key) {
        moved[found->first] = &found->second->group_key;
      }
    }
  }
  if (moved.empty()) return;
  for (const auto& [id, to] : moved) {
    source.add(id.first);
    key.add(id.second);
    group_key.add(*to);
  }
  run(transaction, move_objects, workspace_id, source.parameter(), key.parameter(), group_key.parameter());
}

}  // namespace

void save_events(pqxx::transaction_base& transaction, std::int64_t workspace_id, std::span<const Group> before,
                 const Plan& plan) {
  // One statement cannot touch a row twice: of several the last counts.
  std::map<EventId, const StoredEvent*> events;
  for (const auto& stored : plan.events) events[{stored.source_id, stored.event.event.source_event_id}] = &stored;
  if (events.empty()) return;

  auto source = text_array(), id = text_array(), group = text_array(), content = text_array(), uid = text_array(),
       recurrence = text_array(), series = text_array();
  auto modified = int8_array(), arrival = int8_array(), deleted = int8_array(), deleted_at = int8_array();
  for (const auto& [key, stored] : events) {
    const auto& now = stored->event;
    source.add(stored->source_id);
    id.add(now.event.source_event_id);
    group.add(stored->group_key);
    content.add(to_json(now.event).dump());
    uid.add(now.event.uid);
    series.add(now.event.series_id);
    now.event.recurrence_id ? recurrence.add(to_text(*now.event.recurrence_id)) : recurrence.add_null();
    now.version.modified ? modified.add(std::int64_t{now.version.modified->time_since_epoch().count()})
                         : modified.add_null();
    arrival.add(now.version.arrival);
    deleted.add(std::int64_t{now.deleted ? 1 : 0});
    now.deleted_at ? deleted_at.add(std::int64_t{now.deleted_at->time_since_epoch().count()}) : deleted_at.add_null();
  }
  run(transaction, upsert_events, workspace_id, source.parameter(), id.parameter(), group.parameter(),
      content.parameter(), uid.parameter(), recurrence.parameter(), series.parameter(), modified.parameter(),
      arrival.parameter(), deleted.parameter(), deleted_at.parameter());
  save_moves(transaction, workspace_id, before, events);
}

}  // namespace calmux::postgres
