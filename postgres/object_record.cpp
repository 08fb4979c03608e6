#include <map>
#include <pqxx/pqxx>

#include "postgres/binary_array.h"
#include "postgres/connection.h"
#include "postgres/names.h"
#include "postgres/object_store.h"

namespace calmux::postgres {

namespace {

// The state is compared so that no index by state fits: found by their ids, the rows are few whatever the others'
// states are. `moved`: a newer version was decided while this one was written; what was written is known all the same,
// and the object is due again.
constexpr Statement record_writes{"record_writes", R"(
WITH recorded AS (
  UPDATE calendar_objects o
  SET href = CASE WHEN w.result IN ('created', 'updated', 'unchanged') AND w.href <> '' THEN w.href ELSE o.href END,
    etag = CASE WHEN w.result IN ('created', 'updated', 'unchanged') THEN w.etag WHEN w.result = 'deleted' THEN '' ELSE o.etag END,
    written_version = CASE WHEN w.result IN ('retry', 'error') THEN o.written_version ELSE w.version END,
    written_normalised = CASE WHEN w.result IN ('created', 'updated', 'unchanged') THEN w.normalised
                              WHEN w.result = 'deleted' THEN '' ELSE o.written_normalised END,
    written = CASE WHEN w.result IN ('retry', 'error') THEN o.written
                   WHEN w.result = 'deleted' THEN NULL
                   WHEN o.desired_version = w.version THEN o.desired
                   ELSE o.in_flight END,
    state = CASE WHEN o.desired_version <> w.version OR w.result = 'retry' THEN 'pending'
                 WHEN w.result = 'error' THEN 'error'
                 ELSE 'clean' END,
    next_attempt_at = CASE WHEN w.result = 'retry' THEN now() + w.delay * interval '1 millisecond'
                           WHEN o.desired IS NULL THEN now()
                           ELSE greatest(now(), o.not_before) END,
    last_error = CASE WHEN w.result IN ('retry', 'error') THEN w.answer END,
    claimed_by = NULL, claimed_until = NULL, claimed_version = NULL, in_flight = NULL,
    waits_for = CASE WHEN w.result <> 'deleted' THEN o.waits_for END
  FROM (SELECT $1::bigint AS workspace_id, w.* FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[])
    AS w (id, version, result, href, etag, normalised, answer, delay, request_id) LIMIT (SELECT 2147483647)) AS w
  WHERE o.workspace_id = w.workspace_id AND o.id = w.id AND o.state || '' = 'writing' AND o.claimed_by = $11 AND o.claimed_version = w.version
  RETURNING o.workspace_id, o.id, o.source_id, o.object_key, o.href, o.attempt, o.desired IS NULL AS deleted, o.written_version, o.state,
    o.desired_version <> w.version AS moved, w.result, w.answer, w.request_id
), mapped AS (
  UPDATE event_mappings m
  SET caldav_url = r.href, updated_at = now(),
    last_synced = CASE WHEN r.result IN ('created', 'updated', 'unchanged', 'deleted') THEN now() ELSE m.last_synced END,
    last_error = CASE WHEN r.result IN ('retry', 'error') THEN r.answer END,
    sync_status = CASE WHEN r.moved OR r.result = 'retry' THEN m.sync_status
                       WHEN r.result = 'error' THEN CASE WHEN m.sync_status = 'deleted' AND NOT r.deleted THEN 'deleted' ELSE 'error' END
                       WHEN r.result = 'deleted' OR m.sync_status = 'deleted' THEN 'deleted'
                       ELSE 'synced' END
  FROM (SELECT * FROM recorded LIMIT (SELECT 2147483647)) AS r
  WHERE m.workspace_id = r.workspace_id AND m.object_id = r.id AND (r.result <> 'retry' OR r.attempt = 1)
)
INSERT INTO sync_history
  (workspace_id, source_id, source_event_id, object_id, request_id, operation_type, status, outcome, detail)
SELECT $1::bigint, source_id, object_key, id, request_id,
  CASE WHEN result = 'deleted' OR (deleted AND NOT moved) THEN 'delete'
       WHEN result = 'created' OR (result IN ('retry', 'error') AND written_version = 0) THEN 'create'
       ELSE 'update' END,
  CASE WHEN result = 'retry' THEN 'pending' WHEN result = 'error' THEN 'error' WHEN result = 'unchanged' THEN 'skipped' ELSE 'success' END,
  result, answer
FROM recorded
WHERE result <> 'retry' OR attempt = 1)"};

}  // namespace

Result<void> ObjectStore::record(std::span<const WriteOutcome> outcomes, const std::string& worker) {
  if (outcomes.empty()) return {};
  // In the order of their ids, as folds lock them.
  std::map<std::int64_t, const WriteOutcome*> sorted;
  for (const auto& outcome : outcomes) sorted[outcome.id] = &outcome;
  return pool_.use_repeatably([&](pqxx::connection_base& connection) {
    auto id = int8_array(), version = int8_array(), delay = int8_array();
    auto result = text_array(), href = text_array(), etag = text_array(), normalised = text_array(),
         answer = text_array(), request = text_array();
    for (const auto& [object, outcome] : sorted) {
      id.add(object);
      version.add(outcome->version);
      result.add(name_of(outcome->result));
      href.add(outcome->href);
      etag.add(outcome->etag);
      normalised.add(outcome->normalised);
      answer.add(outcome->answer);
      delay.add(std::int64_t{outcome->delay.count()});
      request.add(outcome->request_id);
    }
    pqxx::nontransaction session(connection);
    run(session, record_writes, workspace_id_, id.parameter(), version.parameter(), result.parameter(),
        href.parameter(), etag.parameter(), normalised.parameter(), answer.parameter(), delay.parameter(),
        request.parameter(), worker);
  });
}

}  // namespace calmux::postgres
