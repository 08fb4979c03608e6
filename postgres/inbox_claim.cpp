#include <algorithm>
#include <pqxx/pqxx>
#include <set>
#include <utility>

#include "postgres/binary_array.h"
#include "postgres/connection.h"
#include "postgres/inbox.h"
#include "postgres/names.h"

namespace calmux::postgres {

namespace {

// Two statements, because the second must see what was committed before the advisory locks of the first were held: only
// then do two workers, who come at the same time upon different deliveries of one event, never share it. Trying the
// lock of an event while its due deliveries are read in order lets each worker find events of its own. Neither
// statement waits for another claim.
//
// The planner takes open deliveries for few, from when there were few. Where a row is to be found by its id or its
// event, the state is compared as an expression, so that the index of all open deliveries does not fit and is not read
// whole; OFFSET 0 keeps the look for a held delivery a look-up instead of a join with all that are held.
constexpr Statement find_due_events{"find_due_events", R"(
SELECT source_id, source_event_id
FROM (
  SELECT i.source_id, i.source_event_id
  FROM inbox i
  WHERE i.workspace_id = $1 AND i.state IN ('pending', 'running') AND i.next_attempt_at <= now()
    AND NOT EXISTS (
      SELECT FROM inbox held
      WHERE held.workspace_id = $1 AND held.source_id = i.source_id AND held.source_event_id = i.source_event_id
        AND held.finished_at IS NULL AND held.state || '' = 'running' AND held.next_attempt_at > now() OFFSET 0)
  ORDER BY i.next_attempt_at, i.id
  OFFSET 0) AS due
WHERE pg_try_advisory_xact_lock(hashtextextended($1::bigint || E'\x1f' || source_id || E'\x1f' || source_event_id, 1))
LIMIT $2)"};

constexpr Statement claim_events{"claim_events", R"(
WITH mine AS MATERIALIZED (
  SELECT i.workspace_id, i.id
  FROM (SELECT $1::bigint AS workspace_id, e.* FROM unnest($2::text[], $3::text[]) AS e (source_id, source_event_id) LIMIT (SELECT 2147483647)) AS e
  JOIN inbox i
    ON i.workspace_id = e.workspace_id AND i.source_id = e.source_id AND i.source_event_id = e.source_event_id
      AND i.finished_at IS NULL AND i.next_attempt_at <= now()
  WHERE NOT EXISTS (
    SELECT FROM inbox held
    WHERE held.workspace_id = $1 AND held.source_id = e.source_id AND held.source_event_id = e.source_event_id
      AND held.finished_at IS NULL AND held.state || '' = 'running' AND held.next_attempt_at > now() OFFSET 0)
  FOR UPDATE OF i SKIP LOCKED
)
UPDATE inbox i
SET state = 'running', attempt = i.attempt + 1, claimed_by = $4,
  claimed_until = now() + $5 * interval '1 second', next_attempt_at = now() + $5 * interval '1 second'
FROM (SELECT * FROM mine LIMIT (SELECT 2147483647)) AS mine
WHERE i.workspace_id = mine.workspace_id AND i.id = mine.id
RETURNING i.id, i.source_id, i.source_event_id, i.operation, i.request_id, i.media, i.body,
  extract(epoch FROM i.received_at)::bigint, i.attempt)"};

constexpr Statement return_deliveries{"return_deliveries", R"(
UPDATE inbox i
SET state = 'pending', claimed_by = NULL, claimed_until = NULL, reason = $4,
  next_attempt_at = now() + $5 * interval '1 millisecond'
FROM (SELECT $1::bigint AS workspace_id, given.* FROM unnest($2::bigint[]) AS given (id) LIMIT (SELECT 2147483647)) AS given
WHERE i.workspace_id = given.workspace_id AND i.id = given.id AND i.state || '' = 'running' AND i.claimed_by = $3)"};

constexpr Statement bury_delivery{"bury_delivery", R"(
WITH buried AS (
  UPDATE inbox
  SET state = 'dead', outcome = 'dead', reason = $4, claimed_by = NULL, claimed_until = NULL, finished_at = now()
  WHERE workspace_id = $1 AND id = $2 AND state || '' = 'running' AND claimed_by = $3
  RETURNING *
)
INSERT INTO sync_history
  (workspace_id, source_id, source_event_id, inbox_id, request_id, operation_type, status, outcome, detail)
SELECT workspace_id, source_id, source_event_id, id, request_id, operation, 'error', 'dead', $4 FROM buried)"};

ClaimedDelivery delivery(const pqxx::row& row) {
  ClaimedDelivery claimed;
  claimed.id = row[0].as<std::int64_t>();
  claimed.source_id = row[1].as<std::string>();
  claimed.source_event_id = row[2].as<std::string>();
  claimed.operation = operation_named(row[3].c_str());
  claimed.request_id = row[4].as<std::string>();
  claimed.media = media_named(row[5].c_str());
  claimed.body = row[6].as<std::string>();
  claimed.received = std::chrono::sys_seconds{std::chrono::seconds{row[7].as<std::int64_t>()}};
  claimed.attempt = row[8].as<int>();
  return claimed;
}

}  // namespace

Result<std::vector<ClaimedDelivery>> Inbox::claim(const std::string& worker, int limit, std::chrono::seconds lease) {
  std::vector<ClaimedDelivery> claimed;
  auto done = pool_.use_repeatably([&](pqxx::connection_base& connection) {
    claimed.clear();
    pqxx::work transaction(connection);
    std::set<std::pair<std::string, std::string>> events;
    for (const auto& row : run(transaction, find_due_events, workspace_id_, limit)) {
      events.emplace(row[0].as<std::string>(), row[1].as<std::string>());
    }
    if (events.empty()) return;
    auto source = text_array(), event = text_array();
    for (const auto& [source_id, source_event_id] : events) {
      source.add(source_id);
      event.add(source_event_id);
    }
    const auto rows = run(transaction, claim_events, workspace_id_, source.parameter(), event.parameter(), worker,
                          std::int64_t{lease.count()});
    for (const auto& row : rows) claimed.push_back(delivery(row));
    transaction.commit();
  });
  if (!done) return tl::unexpected(done.error());
  std::ranges::sort(claimed, {}, &ClaimedDelivery::id);
  return claimed;
}

Result<void> Inbox::retry(std::span<const std::int64_t> ids, const std::string& worker, std::chrono::milliseconds delay,
                          const std::string& reason) {
  if (ids.empty()) return {};
  std::vector<std::int64_t> sorted(ids.begin(), ids.end());
  std::ranges::sort(sorted);
  return pool_.use_repeatably([&](pqxx::connection_base& connection) {
    auto given = int8_array();
    for (const auto id : sorted) given.add(id);
    pqxx::nontransaction session(connection);
    run(session, return_deliveries, workspace_id_, given.parameter(), worker, reason, delay.count());
  });
}

Result<void> Inbox::bury(std::int64_t id, const std::string& worker, const std::string& reason) {
  return pool_.use_repeatably([&](pqxx::connection_base& connection) {
    pqxx::nontransaction session(connection);
    run(session, bury_delivery, workspace_id_, id, worker, reason);
  });
}

}  // namespace calmux::postgres
