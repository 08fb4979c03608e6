#include "postgres/inbox.h"

#include <pqxx/pqxx>

#include "postgres/connection.h"
#include "postgres/inbox_seen.h"
#include "postgres/text.h"

namespace calmux::postgres {

namespace {

constexpr Statement keep_rejected_body{"keep_rejected_body", R"(
INSERT INTO inbox (workspace_id, source_id, source_event_id, request_id, idempotency_key, media, state, outcome, reason, body, finished_at)
VALUES ($1, $2, '', $3, 'rejected ' || $3::text, 'json', 'dead', 'rejected', $4, $5, now())
ON CONFLICT (workspace_id, idempotency_key, source_id) DO NOTHING)"};

// A delivery without operation is a rejected body: see keep_rejected().
constexpr Statement replay_dead{"replay_dead", R"(
WITH replayed AS (
  UPDATE inbox
  SET state = 'pending', attempt = 0, next_attempt_at = now(), outcome = NULL, finished_at = NULL
  WHERE workspace_id = $1 AND state = 'dead' AND operation IS NOT NULL
    AND ($2::bigint IS NULL OR id = $2) AND ($3::text = '' OR source_id = $3)
  RETURNING *
), recorded AS (
  INSERT INTO sync_history
    (workspace_id, source_id, source_event_id, inbox_id, request_id, operation_type, status, outcome, detail)
  SELECT workspace_id, source_id, source_event_id, id, request_id, 'replay', 'pending', 'replay', 'taken back from the dead letters'
  FROM replayed
)
SELECT count(*), pg_notify('calmux_inbox', '') FROM replayed)"};

// In portions, so that no transaction is long and no lock is held for long.
constexpr int prune_portion = 5'000;
constexpr Statement prune_done{"prune_done", R"(
WITH old AS MATERIALIZED (
  SELECT id FROM inbox
  WHERE workspace_id = $1 AND state = 'done' AND finished_at < now() - $2 * interval '1 hour'
  ORDER BY finished_at LIMIT $3
  FOR UPDATE SKIP LOCKED
)
DELETE FROM inbox i USING old WHERE i.workspace_id = $1 AND i.id = old.id)"};

}  // namespace

Inbox::Inbox(Pool& pool, std::int64_t workspace_id)
    : pool_(pool), workspace_id_(workspace_id), seen_(std::make_shared<Seen>()) {}

Result<void> Inbox::keep_rejected(const RejectedBody& rejected) {
  return pool_.use([&](pqxx::connection_base& connection) {
    pqxx::nontransaction session(connection);
    run(session, keep_rejected_body, workspace_id_, storable(rejected.source_id), storable(rejected.request_id),
        storable(rejected.reason), storable(rejected.body));
  });
}

Result<int> Inbox::replay(std::optional<std::int64_t> id, const std::string& source_id) {
  int count = 0;
  auto done = pool_.use_repeatably([&](pqxx::connection_base& connection) {
    pqxx::nontransaction session(connection);
    const auto rows = id ? run(session, replay_dead, workspace_id_, *id, source_id)
                         : run(session, replay_dead, workspace_id_, nullptr, source_id);
    count = rows.at(0)[0].as<int>();
  });
  if (!done) return tl::unexpected(done.error());
  return count;
}

Result<int> Inbox::prune(std::chrono::hours older_than) {
  int count = 0;
  for (int removed = prune_portion; removed == prune_portion;) {
    auto done = pool_.use([&](pqxx::connection_base& connection) {
      pqxx::nontransaction session(connection);
      removed = static_cast<int>(
          run(session, prune_done, workspace_id_, std::int64_t{older_than.count()}, prune_portion).affected_rows());
    });
    if (!done) return tl::unexpected(done.error());
    count += removed;
  }
  return count;
}

}  // namespace calmux::postgres
