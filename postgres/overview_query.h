#pragma once

#include <nlohmann/json.hpp>
#include <pqxx/nontransaction>
#include <string>

#include "mappings/error.h"
#include "postgres/connection.h"
#include "postgres/pool.h"

namespace calmux::postgres {

/// Runs a statement whose only column is the JSON to hand out. Null where it has no row.
template <class... Arguments>
Result<nlohmann::json> query_json(Pool& pool, const Statement& statement, const Arguments&... arguments) {
  nlohmann::json value;
  auto done = pool.use([&](pqxx::connection_base& connection) {
    pqxx::nontransaction session(connection);
    const auto rows = run(session, statement, arguments...);
    if (!rows.empty() && !rows[0][0].is_null()) value = nlohmann::json::parse(rows[0][0].c_str());
  });
  if (!done) return tl::unexpected(done.error());
  return value;
}

}  // namespace calmux::postgres
