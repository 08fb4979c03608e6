#include <algorithm>
#include <map>
#include <numeric>
#include <pqxx/pqxx>
#include <unordered_set>
#include <utility>

#include "postgres/binary_array.h"
#include "postgres/connection.h"
#include "postgres/inbox.h"
#include "postgres/inbox_seen.h"
#include "postgres/names.h"

namespace calmux::postgres {

namespace {

// Ids are drawn in the order of arrival, rows inserted in the order of their keys: two receivers that are handed the
// same deliveries in different orders wait for each other's keys in one order and cannot deadlock.
#define INSERT_DELIVERIES                                                                                           \
  "INSERT INTO inbox (workspace_id, id, source_id, source_event_id, operation, request_id, item, idempotency_key, " \
  "media, body) "                                                                                                   \
  "OVERRIDING SYSTEM VALUE "                                                                                        \
  "SELECT $1::bigint, id, source_id, source_event_id, operation, request_id, item, idempotency_key, media, body "   \
  "FROM (SELECT nextval('inbox_id_seq') AS id, d.* "                                                                \
  "FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::text[]) "  \
  "AS d (source_id, source_event_id, operation, request_id, item, idempotency_key, media, body)) AS arrived "       \
  "ORDER BY idempotency_key COLLATE \"C\", source_id COLLATE \"C\" "                                                \
  "ON CONFLICT (workspace_id, idempotency_key, source_id) DO NOTHING "                                              \
  "RETURNING id"

constexpr Statement insert_deliveries{"insert_deliveries", INSERT_DELIVERIES};

// Once in a while. The sources come last, so that nobody who holds one waits for a key. Commits that notify wait for
// each other, even for each other's sync.
constexpr Statement insert_and_tell{"insert_and_tell", "WITH inserted AS (" INSERT_DELIVERIES R"(
), touched AS (
  INSERT INTO source_calendars AS s (workspace_id, source_id, display_name, last_seen)
  SELECT $1::bigint, source_id, source_id, now() FROM unnest($10::text[]) AS t (source_id)
  ON CONFLICT (workspace_id, source_id) DO UPDATE SET last_seen = now()
  WHERE s.last_seen IS NULL OR s.last_seen < now() - interval '1 second'
), woken AS (
  SELECT pg_notify('calmux_inbox', '')
)
SELECT inserted.id FROM inserted LEFT JOIN woken ON true)"};
#undef INSERT_DELIVERIES

constexpr Statement find_deliveries{"find_deliveries", R"(
SELECT d.n, i.id, i.request_id
FROM (SELECT $1::bigint AS workspace_id, d.* FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS d (source_id, idempotency_key, n) LIMIT (SELECT 2147483647)) AS d
JOIN inbox i ON i.workspace_id = d.workspace_id AND i.source_id = d.source_id AND i.idempotency_key = d.idempotency_key)"};

/// Those that differ within one call, and where each delivery of the call is among them.
struct Distinct {
  std::vector<const NewDelivery*> deliveries;  // in the order of arrival
  std::vector<std::size_t> position;           // of each delivery given
};

Distinct distinct(std::span<const NewDelivery> given) {
  Distinct result;
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> seen;
  for (const auto& delivery : given) {
    const auto [found, fresh] =
        seen.try_emplace({delivery.source_id, delivery.idempotency_key}, result.deliveries.size());
    if (fresh) result.deliveries.push_back(&delivery);
    result.position.push_back(found->second);
  }
  return result;
}

std::vector<std::int64_t> insert(pqxx::transaction_base& session, std::int64_t workspace_id, const Distinct& distinct,
                                 const std::set<std::string>& touched, bool tell) {
  auto source = text_array(), event = text_array(), operation = text_array(), request = text_array(),
       item = int8_array(), key = text_array(), media = text_array(), body = text_array(), sources = text_array();
  for (const auto* delivery : distinct.deliveries) {
    source.add(delivery->source_id);
    event.add(delivery->source_event_id);
    operation.add(name_of(delivery->operation));
    request.add(delivery->request_id);
    item.add(delivery->item);
    key.add(delivery->idempotency_key);
    media.add(name_of(delivery->media));
    body.add(delivery->body);
  }
  for (const auto& name : touched) sources.add(name);
  const auto rows =
      tell ? run(session, insert_and_tell, workspace_id, source.parameter(), event.parameter(), operation.parameter(),
                 request.parameter(), item.parameter(), key.parameter(), media.parameter(), body.parameter(),
                 sources.parameter())
           : run(session, insert_deliveries, workspace_id, source.parameter(), event.parameter(), operation.parameter(),
                 request.parameter(), item.parameter(), key.parameter(), media.parameter(), body.parameter());
  std::vector<std::int64_t> ids;
  ids.reserve(rows.size());
  for (const auto& row : rows) ids.push_back(row[0].as<std::int64_t>());
  std::ranges::sort(ids);
  return ids;
}

/// What is stored for each, whoever stored it; an entry without id was pruned since.
std::vector<Accepted> find(pqxx::transaction_base& session, std::int64_t workspace_id, const Distinct& distinct,
                           const std::vector<std::int64_t>& inserted) {
  auto source = text_array(), key = text_array();
  for (const auto* delivery : distinct.deliveries) {
    source.add(delivery->source_id);
    key.add(delivery->idempotency_key);
  }
  std::vector<Accepted> found(distinct.deliveries.size());
  for (const auto& row : run(session, find_deliveries, workspace_id, source.parameter(), key.parameter())) {
    const auto id = row[1].as<std::int64_t>();
    found[row[0].as<std::size_t>() - 1] = {id, !std::ranges::binary_search(inserted, id), row[2].as<std::string>()};
  }
  return found;
}

std::vector<Accepted> answers(const Distinct& distinct, const std::vector<Accepted>& stored) {
  std::vector<Accepted> result;
  result.reserve(distinct.position.size());
  std::size_t next = 0;
  for (const auto position : distinct.position) {
    result.push_back(stored[position]);
    if (position == next) {
      ++next;
    } else {
      result.back().duplicate = true;
    }
  }
  return result;
}

}  // namespace

Result<std::vector<Accepted>> Inbox::accept(std::span<const NewDelivery> deliveries) {
  if (deliveries.empty()) return std::vector<Accepted>{};
  const auto unique = distinct(deliveries);
  const auto now = Seen::Clock::now();
  const auto touched = seen_->due(deliveries, now);
  const bool tell = seen_->announcement_due(now) || !touched.empty();
  std::vector<Accepted> stored;
  bool sent = false;
  auto done = pool_.use_repeatably([&](pqxx::connection_base& connection) {
    // A single statement commits by itself: no BEGIN and COMMIT to wait for.
    pqxx::nontransaction session(connection);
    sent = true;
    const auto ids = insert(session, workspace_id_, unique, touched, tell);
    if (ids.size() == unique.deliveries.size()) {
      stored.clear();
      for (std::size_t i = 0; i < ids.size(); ++i) stored.push_back({ids[i], false, unique.deliveries[i]->request_id});
    } else {
      stored = find(session, workspace_id_, unique, ids);
    }
  });
  if (!done) {
    auto error = done.error();
    if (sent && error.kind == ErrorKind::database_unavailable) error.kind = ErrorKind::database_in_doubt;
    return tl::unexpected(error);
  }
  pool_.grew("inbox", unique.deliveries.size());
  if (!touched.empty()) seen_->touched(touched, now);
  if (std::ranges::any_of(stored, [](const Accepted& one) { return one.id == 0; })) {
    return fail(ErrorKind::database_conflict, "a delivery with the same idempotency key was removed meanwhile");
  }
  return answers(unique, stored);
}

}  // namespace calmux::postgres
