#include <map>
#include <pqxx/pqxx>

#include "postgres/binary_array.h"
#include "postgres/connection.h"
#include "postgres/object_store.h"

namespace calmux::postgres {

namespace {

constexpr Statement list_resources{"list_resources", R"(
SELECT id, href, etag, written_normalised, desired IS NULL AND state = 'clean'
FROM calendar_objects WHERE workspace_id = $1 AND href <> '')"};

// Left alone: what a writer has in hand, what was written since the destination was read (its ETag is known by now),
// and a deleted object that is not there. A new version, so that "written" means the same everywhere.
constexpr Statement repair_objects{"repair_objects", R"(
WITH repaired AS (
  UPDATE calendar_objects o
  SET etag = r.etag, written_normalised = '', desired_version = o.desired_version + 1, desired_since = now(), state = 'pending',
    attempt = 0, last_error = NULL, next_attempt_at = CASE WHEN o.desired IS NULL THEN now() ELSE greatest(now(), o.not_before) END
  FROM (SELECT $1::bigint AS workspace_id, r.* FROM unnest($2::bigint[], $3::text[], $4::text[]) AS r (id, etag, reason) LIMIT (SELECT 2147483647)) AS r
  WHERE o.workspace_id = r.workspace_id AND o.id = r.id AND o.state <> 'writing'
    AND (r.etag = '' OR r.etag <> o.etag) AND (r.etag <> '' OR o.desired IS NOT NULL)
  RETURNING o.workspace_id, o.id, o.source_id, o.object_key, o.request_id, r.reason
), mapped AS (
  UPDATE event_mappings m SET sync_status = 'pending', updated_at = now()
  FROM repaired r WHERE m.workspace_id = r.workspace_id AND m.object_id = r.id AND m.sync_status IN ('synced', 'error')
), recorded AS (
  INSERT INTO sync_history
    (workspace_id, source_id, source_event_id, object_id, request_id, operation_type, status, outcome, detail)
  SELECT $1::bigint, source_id, object_key, id, request_id, 'repair', 'pending', 'repair', reason FROM repaired
)
SELECT count(*), pg_notify('calmux_objects', '') FROM repaired)"};

constexpr Statement adopt_found_etag{"adopt_found_etag", R"(
UPDATE calendar_objects SET etag = $3
WHERE workspace_id = $1 AND id = $2 AND state = 'clean' AND desired IS NOT NULL AND etag <> $3)"};

constexpr Statement replay_failed{"replay_failed", R"(
WITH replayed AS (
  UPDATE calendar_objects
  SET state = 'pending', attempt = 0, next_attempt_at = now()
  WHERE workspace_id = $1 AND state = 'error'
  RETURNING workspace_id, id, source_id, object_key, request_id, desired IS NULL AS deleted
), mapped AS (
  UPDATE event_mappings m SET sync_status = CASE WHEN r.deleted THEN 'deleted' ELSE 'pending' END, updated_at = now()
  FROM replayed r WHERE m.workspace_id = r.workspace_id AND m.object_id = r.id AND m.sync_status = 'error'
), recorded AS (
  INSERT INTO sync_history
    (workspace_id, source_id, source_event_id, object_id, request_id, operation_type, status, outcome, detail)
  SELECT $1::bigint, source_id, object_key, id, request_id, 'replay', 'pending', 'replay', 'to be written again' FROM replayed
)
SELECT count(*), pg_notify('calmux_objects', '') FROM replayed)"};

// Those that wait after a failure; a change that is held back by spacing has no error and stays.
constexpr Statement retry_waiting{"retry_waiting", R"(
WITH due AS (
  UPDATE calendar_objects SET next_attempt_at = now()
  WHERE workspace_id = $1 AND state = 'pending' AND last_error IS NOT NULL AND next_attempt_at > now()
  RETURNING id)
SELECT count(*) FROM due)"};

}  // namespace

ObjectStore::ObjectStore(Pool& pool, std::int64_t workspace_id) : pool_(pool), workspace_id_(workspace_id) {}

Result<std::vector<KnownResource>> ObjectStore::resources() {
  std::vector<KnownResource> resources;
  auto done = pool_.use([&](pqxx::connection_base& connection) {
    pqxx::nontransaction session(connection);
    for (const auto& row : run(session, list_resources, workspace_id_)) {
      KnownResource resource;
      resource.id = row[0].as<std::int64_t>();
      resource.href = row[1].as<std::string>();
      resource.etag = row[2].as<std::string>();
      resource.written_normalised = row[3].as<std::string>();
      resource.deleted = row[4].as<bool>();
      resources.push_back(std::move(resource));
    }
  });
  if (!done) return tl::unexpected(done.error());
  return resources;
}

Result<void> ObjectStore::repair(std::span<const Repair> repairs) {
  if (repairs.empty()) return {};
  std::map<std::int64_t, const Repair*> sorted;
  for (const auto& one : repairs) sorted[one.id] = &one;
  return pool_.use_repeatably([&](pqxx::connection_base& connection) {
    auto id = int8_array();
    auto etag = text_array(), reason = text_array();
    for (const auto& [object, one] : sorted) {
      id.add(object);
      etag.add(one->found_etag);
      reason.add(one->reason);
    }
    pqxx::nontransaction session(connection);
    run(session, repair_objects, workspace_id_, id.parameter(), etag.parameter(), reason.parameter());
  });
}

Result<void> ObjectStore::adopt_etag(std::int64_t id, const std::string& etag) {
  return pool_.use([&](pqxx::connection_base& connection) {
    pqxx::nontransaction session(connection);
    run(session, adopt_found_etag, workspace_id_, id, etag);
  });
}

Result<int> ObjectStore::retry_now() {
  int count = 0;
  auto done = pool_.use_repeatably([&](pqxx::connection_base& connection) {
    pqxx::nontransaction session(connection);
    count = run(session, retry_waiting, workspace_id_).at(0)[0].as<int>();
  });
  if (!done) return tl::unexpected(done.error());
  return count;
}

Result<int> ObjectStore::replay_errors() {
  int count = 0;
  auto done = pool_.use_repeatably([&](pqxx::connection_base& connection) {
    pqxx::nontransaction session(connection);
    count = run(session, replay_failed, workspace_id_).at(0)[0].as<int>();
  });
  if (!done) return tl::unexpected(done.error());
  return count;
}

}  // namespace calmux::postgres
