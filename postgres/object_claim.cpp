#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include "postgres/connection.h"
#include "postgres/object_store.h"

namespace calmux::postgres {

namespace {

// Spacing: a burst is over 10 s after its last write, or after the time until which the next one was held back. The
// second write of a burst sets the first distance.
constexpr Statement claim_objects{"claim_objects", R"(
WITH due AS MATERIALIZED (
  SELECT workspace_id, id, next_attempt_at AS due_at,
    CASE WHEN coalesce(greatest(last_write_at, not_before) < now() - interval '10 seconds', true) THEN 1
         ELSE burst_writes + 1 END AS burst
  FROM calendar_objects o
  WHERE workspace_id = $1 AND state IN ('pending', 'writing') AND next_attempt_at <= now()
    AND (waits_for IS NULL OR NOT EXISTS (
      SELECT FROM calendar_objects first
      WHERE first.workspace_id = $1 AND first.id = o.waits_for AND first.state || '' <> 'clean' OFFSET 0))
  ORDER BY next_attempt_at, id
  LIMIT $2
  FOR UPDATE OF o SKIP LOCKED
), claimed AS (
  UPDATE calendar_objects o
  SET state = 'writing', attempt = o.attempt + 1, claimed_by = $3, claimed_version = o.desired_version, in_flight = NULL,
    claimed_until = now() + $4 * interval '1 second', next_attempt_at = now() + $4 * interval '1 second',
    last_write_at = now(), burst_writes = due.burst,
    not_before = CASE WHEN due.burst >= 2 THEN now() + least(30, power(2, least(due.burst, 10) - 2)) * interval '1 second' END
  FROM (SELECT * FROM due LIMIT (SELECT 2147483647)) AS due
  WHERE o.workspace_id = due.workspace_id AND o.id = due.id
  RETURNING o.*, due.due_at
)
SELECT id, uid, href, etag, desired_version, desired::text, written_normalised, extract(epoch FROM desired_since)::bigint, attempt,
  request_id
FROM claimed ORDER BY due_at, id)"};

constexpr Statement next_object_due{"next_object_due", R"(
SELECT ceil(extract(epoch FROM next_attempt_at - now()) * 1000)::bigint
FROM calendar_objects
WHERE workspace_id = $1 AND state IN ('pending', 'writing') AND next_attempt_at > now()
ORDER BY next_attempt_at LIMIT 1)"};

/// Sets `complaint` where the content is not readable by this version: a defect or a downgrade.
ClaimedObject object(const pqxx::row& row, std::string& complaint) {
  ClaimedObject claimed;
  claimed.id = row[0].as<std::int64_t>();
  claimed.uid = row[1].as<std::string>();
  claimed.href = row[2].as<std::string>();
  claimed.etag = row[3].as<std::string>();
  claimed.desired_version = row[4].as<std::int64_t>();
  if (!row[5].is_null()) {
    auto content = calendar_object_from_json(nlohmann::json::parse(row[5].c_str()));
    if (content) {
      claimed.desired = std::move(*content);
      claimed.desired->uid = claimed.uid;
    } else {
      complaint = "the desired content cannot be read: " + content.error().message;
    }
  }
  claimed.written_normalised = row[6].as<std::string>();
  claimed.desired_since = std::chrono::sys_seconds{std::chrono::seconds{row[7].as<std::int64_t>()}};
  claimed.attempt = row[8].as<int>();
  claimed.request_id = row[9].as<std::string>();
  return claimed;
}

}  // namespace

Result<std::vector<ClaimedObject>> ObjectStore::claim(const std::string& worker, int limit,
                                                      std::chrono::seconds lease) {
  std::vector<ClaimedObject> claimed;
  std::vector<WriteOutcome> unreadable;
  auto done = pool_.use([&](pqxx::connection_base& connection) {
    pqxx::nontransaction session(connection);
    for (const auto& row : run(session, claim_objects, workspace_id_, limit, worker, lease.count())) {
      std::string complaint;
      auto one = object(row, complaint);
      if (complaint.empty()) {
        claimed.push_back(std::move(one));
      } else {
        WriteOutcome given_up;
        given_up.id = one.id;
        given_up.version = one.desired_version;
        given_up.request_id = one.request_id;
        given_up.result = WriteResult::error;
        given_up.answer = complaint;
        unreadable.push_back(std::move(given_up));
      }
    }
  });
  if (!done) return tl::unexpected(done.error());
  // One bad object must not hold up the others. If this fails, its lease ends and it comes again.
  if (const auto recorded = record(unreadable, worker); !recorded && claimed.empty())
    return tl::unexpected(recorded.error());
  return claimed;
}

Result<std::optional<std::chrono::milliseconds>> ObjectStore::next_due() {
  std::optional<std::chrono::milliseconds> due;
  auto done = pool_.use([&](pqxx::connection_base& connection) {
    pqxx::nontransaction session(connection);
    const auto rows = run(session, next_object_due, workspace_id_);
    if (!rows.empty()) due = std::chrono::milliseconds{rows[0][0].as<std::int64_t>()};
  });
  if (!done) return tl::unexpected(done.error());
  return due;
}

}  // namespace calmux::postgres
