#include <map>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>
#include <set>

#include "postgres/binary_array.h"
#include "postgres/connection.h"
#include "postgres/event_save.h"

namespace calmux::postgres {

namespace {

// The state is compared so that no index by state fits: see inbox_claim.cpp.
constexpr Statement finish_claimed{"finish_claimed", R"(
WITH finished AS (
  UPDATE inbox i
  SET state = 'done', outcome = f.outcome, reason = f.reason, finished_at = now(), claimed_by = NULL, claimed_until = NULL,
    object_id = o.id, object_version = o.desired_version
  FROM (SELECT $1::bigint AS workspace_id, f.* FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
      AS f (id, source_id, source_event_id, request_id, operation, outcome, reason, object_key, warnings) LIMIT (SELECT 2147483647)) AS f
    LEFT JOIN calendar_objects o ON o.workspace_id = f.workspace_id AND o.source_id = f.source_id AND o.object_key = f.object_key
  WHERE i.workspace_id = f.workspace_id AND i.id = f.id AND i.state || '' = 'running' AND i.claimed_by = $11
  RETURNING i.id, f.source_id, f.source_event_id, f.request_id, f.operation, f.outcome, f.reason, f.warnings, i.object_id
)
INSERT INTO sync_history
  (workspace_id, source_id, source_event_id, object_id, inbox_id, request_id, operation_type, status, outcome, detail, warnings)
SELECT $1::bigint, source_id, source_event_id, object_id, id, request_id, operation,
  CASE WHEN outcome IN ('unchanged', 'stale', 'late', 'outside_window', 'already_deleted', 'skip') THEN 'skipped'
       WHEN outcome = 'hold' THEN 'pending'
       ELSE 'success' END,
  outcome, reason, warnings::jsonb
FROM finished)"};

// Never waits for the row of a busy source: somebody else is noting the same.
constexpr Statement announce_objects{"announce_objects", R"(
WITH changed AS MATERIALIZED (
  SELECT source_id FROM source_calendars
  WHERE workspace_id = $1 AND source_id = ANY ($2::text[])
    AND (last_change IS NULL OR last_change < now() - interval '1 second')
  FOR NO KEY UPDATE SKIP LOCKED
), noted AS (
  UPDATE source_calendars s SET last_change = now() FROM changed WHERE s.workspace_id = $1 AND s.source_id = changed.source_id
)
SELECT pg_notify('calmux_objects', ''))"};

}  // namespace

void finish_deliveries(pqxx::transaction_base& transaction, std::int64_t workspace_id, const Plan& plan,
                       const std::string& worker) {
  std::map<std::int64_t, const Finished*> finished;
  for (const auto& one : plan.finished) finished[one.inbox_id] = &one;
  if (finished.empty()) return;

  auto id = int8_array();
  auto source = text_array(), event = text_array(), request = text_array(), operation = text_array(),
       outcome = text_array(), reason = text_array(), key = text_array(), warnings = text_array();
  for (const auto& [inbox_id, one] : finished) {
    id.add(inbox_id);
    source.add(one->source_id);
    event.add(one->source_event_id);
    request.add(one->request_id);
    operation.add(one->operation);
    outcome.add(one->outcome);
    reason.add(one->reason);
    key.add(one->object_key);
    one->warnings.empty() ? warnings.add_null() : warnings.add(nlohmann::json(one->warnings).dump());
  }
  run(transaction, finish_claimed, workspace_id, id.parameter(), source.parameter(), event.parameter(),
      request.parameter(), operation.parameter(), outcome.parameter(), reason.parameter(), key.parameter(),
      warnings.parameter(), worker);
}

void announce(pqxx::transaction_base& transaction, std::int64_t workspace_id, const Plan& plan) {
  std::set<std::string_view> changed;
  for (const auto& planned : plan.actions) {
    if (planned.action.kind != ActionKind::skip && planned.action.kind != ActionKind::hold)
      changed.insert(planned.source_id);
  }
  if (changed.empty()) return;
  auto sources = text_array();
  for (const auto source : changed) sources.add(source);
  run(transaction, announce_objects, workspace_id, sources.parameter());
}

}  // namespace calmux::postgres
