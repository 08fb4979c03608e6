#include "postgres/key_store.h"

#include <pqxx/pqxx>

#include "postgres/binary_array.h"
#include "postgres/connection.h"

namespace calmux::postgres {

namespace {

constexpr Statement add_key{"add_key", R"(
INSERT INTO api_keys (workspace_id, key_hash, label, sources) VALUES ($1, $2, $3, $4::text[])
ON CONFLICT (workspace_id, key_hash)
DO UPDATE SET label = excluded.label, sources = excluded.sources, revoked_at = NULL)"};

// One row for each source of a key, so that nobody parses an array; NULL where it has none.
constexpr Statement active_keys{"active_keys", R"(
SELECT k.id, k.key_hash, k.label, s.source
FROM api_keys k LEFT JOIN LATERAL unnest(k.sources) AS s(source) ON true
WHERE k.workspace_id = $1 AND k.revoked_at IS NULL ORDER BY k.id)"};

constexpr Statement find_workspace{"find_workspace", "SELECT workspace_id FROM workspaces WHERE name = $1"};
constexpr Statement add_workspace{"add_workspace", "INSERT INTO workspaces (name) VALUES ($1) ON CONFLICT DO NOTHING"};

}  // namespace

KeyStore::KeyStore(Pool& pool, std::int64_t workspace_id) : pool_(pool), workspace_id_(workspace_id) {}

Result<void> KeyStore::add(const StoredKey& key) {
  return pool_.use([&](pqxx::connection_base& connection) {
    auto sources = text_array();
    for (const auto& source : key.sources) sources.add(source);
    pqxx::nontransaction session(connection);
    run(session, add_key, workspace_id_, key.hash, key.label, sources.parameter());
  });
}

Result<std::vector<StoredKey>> KeyStore::active() {
  std::vector<StoredKey> keys;
  auto read = pool_.use([&](pqxx::connection_base& connection) {
    keys.clear();
    pqxx::nontransaction session(connection);
    std::int64_t last = -1;
    for (const auto& row : run(session, active_keys, workspace_id_)) {
      if (const auto id = row[0].as<std::int64_t>(); keys.empty() || id != last) {
        keys.push_back({row[1].as<std::string>(), row[2].as<std::string>(), {}});
        last = id;
      }
      if (!row[3].is_null()) keys.back().sources.push_back(row[3].as<std::string>());
    }
  });
  if (!read) return tl::unexpected(read.error());
  return keys;
}

Result<std::int64_t> open_workspace(Pool& pool, const std::string& name) {
  std::int64_t id = 0;
  auto opened = pool.use([&](pqxx::connection_base& connection) {
    pqxx::nontransaction session(connection);
    auto found = run(session, find_workspace, name);
    if (found.empty()) {
      run(session, add_workspace, name);
      found = run(session, find_workspace, name);
    }
    id = found.at(0)[0].as<std::int64_t>();
  });
  if (!opened) return tl::unexpected(opened.error());
  return id;
}

}  // namespace calmux::postgres
