#include "postgres/event_load.h"

#include <map>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>
#include <stdexcept>
#include <utility>

#include "postgres/binary_array.h"
#include "postgres/connection.h"

namespace calmux::postgres {

namespace {

// Where the given events, their masters ($4, '' for none) and what has them or their masters for a series are stored.
// One of a series is enough: all are in one group.
#define STORED_GROUPS                                                                                     \
  "SELECT s.source_id, s.group_key"                                                                       \
  " FROM (SELECT $1::bigint AS workspace_id, r.* FROM unnest($2::text[], $3::text[], $4::text[])"         \
  "         AS r (source_id, source_event_id, series_id) LIMIT (SELECT 2147483647)) AS r"                 \
  " CROSS JOIN LATERAL ("                                                                                 \
  "   SELECT e.source_id, e.group_key FROM source_events e WHERE e.workspace_id = r.workspace_id"         \
  "     AND e.source_id = r.source_id AND e.source_event_id = r.source_event_id"                          \
  "   UNION ALL"                                                                                          \
  "   SELECT e.source_id, e.group_key FROM source_events e WHERE e.workspace_id = r.workspace_id"         \
  "     AND e.source_id = r.source_id AND e.source_event_id = r.series_id"                                \
  "   UNION ALL"                                                                                          \
  "   (SELECT e.source_id, e.group_key FROM source_events e WHERE e.workspace_id = r.workspace_id"        \
  "     AND e.series_id = r.source_event_id AND e.series_id <> '' AND e.source_id = r.source_id LIMIT 1)" \
  "   UNION ALL"                                                                                          \
  "   (SELECT e.source_id, e.group_key FROM source_events e WHERE e.workspace_id = r.workspace_id"        \
  "     AND e.series_id = r.series_id AND e.series_id <> '' AND e.source_id = r.source_id LIMIT 1)) AS s"

// An advisory lock for each group rather than row locks: a group without rows must be locked as well.
constexpr Statement lock_groups{"lock_groups", R"(
WITH groups AS MATERIALIZED (
  SELECT source_id, group_key, hashtextextended($1::bigint || E'\x1f' || source_id || E'\x1f' || group_key, 0) AS key
  FROM (SELECT source_id, group_key FROM unnest($5::text[], $6::text[]) AS named (source_id, group_key)
        UNION
        )" STORED_GROUPS R"() AS g
  ORDER BY key
)
SELECT source_id, group_key, pg_advisory_xact_lock(key) FROM groups)"};

// A statement of its own: it sees what was committed until the locks were held.
constexpr Statement load_groups{"load_groups", R"(
SELECT 'event' AS kind, e.source_id, e.group_key, e.source_event_id, e.event::text,
  (extract(epoch FROM e.version_modified) * 1000000)::bigint, e.version_arrival, e.deleted,
  extract(epoch FROM e.deleted_at)::bigint, NULL AS uid
FROM (SELECT $1::bigint AS workspace_id, g.* FROM unnest($5::text[], $6::text[]) AS g (source_id, group_key) LIMIT (SELECT 2147483647)) AS g
JOIN source_events e ON e.workspace_id = g.workspace_id AND e.source_id = g.source_id AND e.group_key = g.group_key
UNION ALL
SELECT 'object', o.source_id, o.group_key, o.object_key, o.desired::text, NULL, o.id, false, NULL, o.uid
FROM (SELECT $1::bigint AS workspace_id, g.* FROM unnest($5::text[], $6::text[]) AS g (source_id, group_key) LIMIT (SELECT 2147483647)) AS g
JOIN calendar_objects o ON o.workspace_id = g.workspace_id AND o.source_id = g.source_id AND o.group_key = g.group_key
UNION ALL
SELECT 'ref', source_id, group_key, '', NULL, NULL, 0, false, NULL, NULL
FROM ()" STORED_GROUPS R"() AS stored)"};
#undef STORED_GROUPS

using GroupId = std::pair<std::string, std::string>;

/// A stored value that this version cannot read is a defect or a downgrade: the delivery goes to the dead letters with
/// this sentence.
template <class T>
T readable(Result<T> value, const char* table, const pqxx::row& row) {
  if (!value) {
    throw std::runtime_error("the stored content of '" + row[3].as<std::string>() + "' in " + table +
                             " cannot be read: " + value.error().message);
  }
  return std::move(*value);
}

SourceEvent source_event(const pqxx::row& row) {
  SourceEvent result;
  result.event = readable(event_from_json(nlohmann::json::parse(row[4].c_str())), "source_events", row);
  if (!row[5].is_null()) result.version.modified = SourceTime{std::chrono::microseconds{row[5].as<std::int64_t>()}};
  result.version.arrival = row[6].as<std::int64_t>();
  result.deleted = row[7].as<bool>();
  if (!row[8].is_null()) result.deleted_at = std::chrono::sys_seconds{std::chrono::seconds{row[8].as<std::int64_t>()}};
  return result;
}

KnownObject known_object(const pqxx::row& row) {
  KnownObject result;
  result.id = row[6].as<std::int64_t>();
  result.object_key = row[3].as<std::string>();
  result.uid = row[9].as<std::string>();
  if (!row[4].is_null()) {
    result.desired =
        readable(calendar_object_from_json(nlohmann::json::parse(row[4].c_str())), "calendar_objects", row);
    result.desired->uid = result.uid;
  }
  return result;
}

}  // namespace

std::optional<std::vector<Group>> lock_and_load(pqxx::transaction_base& transaction, std::int64_t workspace_id,
                                                std::span<const EventRef> refs) {
  auto source = text_array(), event = text_array(), series = text_array(), named_source = text_array(),
       named_group = text_array();
  for (const auto& ref : refs) {
    source.add(ref.source_id);
    event.add(ref.source_event_id);
    series.add(ref.series_id);
    for (const auto& key : ref.group_keys) {
      named_source.add(ref.source_id);
      named_group.add(key);
    }
  }
  const auto sources = source.parameter();
  const auto events = event.parameter();
  const auto all_series = series.parameter();

  std::map<GroupId, Group> groups;
  auto locked_source = text_array(), locked_group = text_array();
  for (const auto& row : run(transaction, lock_groups, workspace_id, sources, events, all_series,
                             named_source.parameter(), named_group.parameter())) {
    auto source_id = row[0].as<std::string>();
    auto group_key = row[1].as<std::string>();
    locked_source.add(source_id);
    locked_group.add(group_key);
    groups[{source_id, group_key}] = Group{source_id, group_key, {}, {}};
  }

  for (const auto& row : run(transaction, load_groups, workspace_id, sources, events, all_series,
                             locked_source.parameter(), locked_group.parameter())) {
    const auto found = groups.find({row[1].as<std::string>(), row[2].as<std::string>()});
    if (found == groups.end()) return std::nullopt;
    const std::string_view kind = row[0].c_str();
    if (kind == "event") found->second.events.push_back(source_event(row));
    if (kind == "object") found->second.objects.push_back(known_object(row));
  }
  std::vector<Group> result;
  result.reserve(groups.size());
  for (auto& [id, loaded] : groups) result.push_back(std::move(loaded));
  return result;
}

}  // namespace calmux::postgres
