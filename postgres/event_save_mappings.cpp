#include <map>
#include <pqxx/pqxx>
#include <set>
#include <utility>

#include "postgres/binary_array.h"
#include "postgres/connection.h"
#include "postgres/event_save.h"

namespace calmux::postgres {

namespace {

// A deleted object whose deletion is still to be written leaves its mappings 'deleted' from the start: that is what the
// source says.
constexpr Statement upsert_mappings{"upsert_mappings", R"(
INSERT INTO event_mappings AS m (workspace_id, source_id, source_event_id, object_id, caldav_uid, caldav_url, sync_status)
SELECT $1::bigint, a.source_id, a.source_event_id, o.id, o.uid, o.href, CASE WHEN o.desired IS NULL THEN 'deleted' ELSE 'pending' END
FROM (SELECT $1::bigint AS workspace_id, a.* FROM unnest($2::text[], $3::text[], $4::text[]) AS a (source_id, source_event_id, object_key) LIMIT (SELECT 2147483647)) AS a
JOIN calendar_objects o ON o.workspace_id = a.workspace_id AND o.source_id = a.source_id AND o.object_key = a.object_key
ON CONFLICT (workspace_id, source_id, source_event_id) DO UPDATE
SET object_id = excluded.object_id, caldav_uid = excluded.caldav_uid, caldav_url = excluded.caldav_url,
  sync_status = excluded.sync_status, last_error = NULL, updated_at = now())"};

constexpr Statement delete_mappings{"delete_mappings", R"(
UPDATE event_mappings m SET sync_status = 'deleted', updated_at = now()
FROM (SELECT $1::bigint AS workspace_id, d.* FROM unnest($2::text[], $3::text[]) AS d (source_id, source_event_id) LIMIT (SELECT 2147483647)) AS d
WHERE m.workspace_id = d.workspace_id AND m.source_id = d.source_id AND m.source_event_id = d.source_event_id AND m.sync_status <> 'deleted')"};

using EventId = std::pair<std::string_view, std::string_view>;  // source id, source event id

}  // namespace

void save_mappings(pqxx::transaction_base& transaction, std::int64_t workspace_id, const Plan& plan) {
  std::set<EventId> deleted;
  for (const auto& stored : plan.events) {
    const EventId id{stored.source_id, stored.event.event.source_event_id};
    if (stored.event.deleted) {
      deleted.insert(id);
    } else {
      deleted.erase(id);
    }
  }
  std::map<EventId, std::string_view> objects;
  for (const auto& planned : plan.actions) {
    const auto& action = planned.action;
    if (action.kind == ActionKind::skip || action.kind == ActionKind::hold) continue;
    for (const auto& event : action.source_event_ids) {
      // An event that moves from one object to another is named by both: the one that stays counts.
      if (action.kind == ActionKind::delete_) {
        objects.try_emplace({planned.source_id, event}, action.object_key);
      } else {
        objects.insert_or_assign({planned.source_id, event}, action.object_key);
      }
    }
  }

  if (!objects.empty()) {
    auto source = text_array(), event = text_array(), object = text_array();
    for (const auto& [id, key] : objects) {
      source.add(id.first);
      event.add(id.second);
      object.add(key);
    }
    run(transaction, upsert_mappings, workspace_id, source.parameter(), event.parameter(), object.parameter());
  }
  if (!deleted.empty()) {
    auto source = text_array(), event = text_array();
    for (const auto& id : deleted) {
      source.add(id.first);
      event.add(id.second);
    }
    run(transaction, delete_mappings, workspace_id, source.parameter(), event.parameter());
  }
}

}  // namespace calmux::postgres
