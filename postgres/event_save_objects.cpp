#include <map>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>
#include <set>
#include <utility>

#include "postgres/binary_array.h"
#include "postgres/connection.h"
#include "postgres/event_save.h"

namespace calmux::postgres {

namespace {

// A row of this object_key is the tombstone of an earlier life (or a create that was planned twice): it keeps its UID
// and its href. A UID that another object was given, whose event had it then, is not given twice. While a version is
// being written the row stays 'writing', with its lease; recording that write meets the moved version and leaves the
// object pending. Its content is kept in in_flight, since it becomes the merge base.
constexpr Statement create_objects{"create_objects", R"(
INSERT INTO calendar_objects AS o (workspace_id, source_id, group_key, object_key, uid, desired, request_id, next_attempt_at)
SELECT $1::bigint, source_id, group_key, object_key,
  CASE WHEN EXISTS (SELECT FROM calendar_objects other WHERE other.workspace_id = $1 AND other.uid = c.uid) THEN other_uid ELSE uid END,
  desired::jsonb, request_id, now() + n * interval '1 microsecond'
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[])
  AS c (source_id, group_key, object_key, uid, other_uid, desired, request_id, n)
ON CONFLICT (workspace_id, source_id, object_key) DO UPDATE
SET group_key = excluded.group_key, desired = excluded.desired, desired_version = o.desired_version + 1, desired_since = now(),
  request_id = excluded.request_id, attempt = 0, last_error = NULL, waits_for = NULL,
  in_flight = CASE WHEN o.state = 'writing' AND o.claimed_version = o.desired_version THEN o.desired ELSE o.in_flight END,
  state = CASE WHEN o.state = 'writing' THEN 'writing' ELSE 'pending' END,
  next_attempt_at = CASE WHEN o.state = 'writing' THEN o.next_attempt_at
                         ELSE greatest(excluded.next_attempt_at, o.not_before) END)"};

// A deletion of what never reached the destination (last_write_at is set when a write begins) is done at once.
constexpr Statement change_objects{"change_objects", R"(
UPDATE calendar_objects o
SET group_key = c.group_key, object_key = c.object_key, desired = c.desired::jsonb, desired_version = o.desired_version + 1, desired_since = now(),
  request_id = c.request_id, attempt = 0, last_error = NULL, waits_for = NULL,
  in_flight = CASE WHEN o.state = 'writing' AND o.claimed_version = o.desired_version THEN o.desired ELSE o.in_flight END,
  written_version = CASE WHEN c.desired IS NULL AND o.last_write_at IS NULL THEN o.desired_version + 1 ELSE o.written_version END,
  state = CASE WHEN o.state = 'writing' THEN 'writing'
               WHEN c.desired IS NULL AND o.last_write_at IS NULL THEN 'clean'
               ELSE 'pending' END,
  next_attempt_at = CASE WHEN o.state = 'writing' THEN o.next_attempt_at
                         WHEN c.desired IS NULL THEN now() + c.n * interval '1 microsecond'
                         ELSE greatest(now() + c.n * interval '1 microsecond', o.not_before) END
FROM (SELECT $1::bigint AS workspace_id, c.* FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[]) AS c (id, group_key, object_key, desired, request_id, n) LIMIT (SELECT 2147483647)) AS c
WHERE o.workspace_id = c.workspace_id AND o.id = c.id AND (o.desired IS NOT NULL OR c.desired IS NOT NULL))"};

constexpr Statement let_deletions_wait{"let_deletions_wait", R"(
UPDATE calendar_objects o SET waits_for = first.id
FROM (SELECT $1::bigint AS workspace_id, d.* FROM unnest($2::bigint[], $3::text[], $4::text[]) AS d (id, source_id, after_key) LIMIT (SELECT 2147483647)) AS d
JOIN calendar_objects first ON first.workspace_id = d.workspace_id AND first.source_id = d.source_id AND first.object_key = d.after_key
WHERE o.workspace_id = d.workspace_id AND o.id = d.id)"};

struct Ranked {
  const PlannedAction* planned = nullptr;
  std::int64_t rank = 0;  // microseconds within the transaction: objects become due in the order of their actions
};

void create(pqxx::transaction_base& transaction, std::int64_t workspace_id,
            const std::map<std::pair<std::string_view, std::string_view>, Ranked>& created) {
  auto source = text_array(), group = text_array(), key = text_array(), uid = text_array(), other_uid = text_array(),
       content = text_array(), request = text_array();
  auto rank = int8_array();
  for (const auto& [id, one] : created) {
    source.add(one.planned->source_id);
    group.add(one.planned->group_key);
    key.add(one.planned->action.object_key);
    uid.add(one.planned->uid);
    other_uid.add(one.planned->other_uid);
    content.add(to_json(*one.planned->action.content).dump());
    request.add(one.planned->request_id);
    rank.add(one.rank);
  }
  run(transaction, create_objects, workspace_id, source.parameter(), group.parameter(), key.parameter(),
      uid.parameter(), other_uid.parameter(), content.parameter(), request.parameter(), rank.parameter());
}

void change(pqxx::transaction_base& transaction, std::int64_t workspace_id,
            const std::map<std::int64_t, Ranked>& changed) {
  auto id = int8_array(), rank = int8_array();
  auto group = text_array(), key = text_array(), content = text_array(), request = text_array();
  for (const auto& [object, one] : changed) {
    id.add(object);
    group.add(one.planned->group_key);
    const auto& action = one.planned->action;
    key.add(action.object_key);
    action.kind == ActionKind::update ? content.add(to_json(*action.content).dump()) : content.add_null();
    request.add(one.planned->request_id);
    rank.add(one.rank);
  }
  run(transaction, change_objects, workspace_id, id.parameter(), group.parameter(), key.parameter(),
      content.parameter(), request.parameter(), rank.parameter());
}

/// Once the objects that they wait for are there.
void order_deletions(pqxx::transaction_base& transaction, std::int64_t workspace_id,
                     const std::map<std::int64_t, Ranked>& changed) {
  auto id = int8_array();
  auto source = text_array(), after = text_array();
  for (const auto& [object, one] : changed) {
    const auto& action = one.planned->action;
    if (action.kind != ActionKind::delete_ || action.after_key.empty()) continue;
    id.add(object);
    source.add(one.planned->source_id);
    after.add(action.after_key);
  }
  if (id.size() == 0) return;
  run(transaction, let_deletions_wait, workspace_id, id.parameter(), source.parameter(), after.parameter());
}

}  // namespace

void save_objects(pqxx::transaction_base& transaction, std::int64_t workspace_id, const Plan& plan) {
  std::map<std::pair<std::string_view, std::string_view>, Ranked> created;
  std::map<std::int64_t, Ranked> changed;
  std::int64_t rank = 0;
  for (const auto& planned : plan.actions) {
    const auto& action = planned.action;
    switch (action.kind) {
    case ActionKind::create:
      if (!action.content) throw std::logic_error("a planned create without content: " + action.object_key);
      created[{planned.source_id, action.object_key}] = {&planned, rank++};
      break;
    case ActionKind::update:
      if (!action.content) throw std::logic_error("a planned update without content: " + action.object_key);
      [[fallthrough]];
    case ActionKind::delete_:
      if (!action.object_id) throw std::logic_error("a planned change of an unnamed object: " + action.object_key);
      changed[*action.object_id] = {&planned, rank++};
      break;
    case ActionKind::skip:
    case ActionKind::hold:
      break;
    }
  }
  if (!changed.empty()) change(transaction, workspace_id, changed);
  if (!created.empty()) create(transaction, workspace_id, created);
  order_deletions(transaction, workspace_id, changed);
}

}  // namespace calmux::postgres
