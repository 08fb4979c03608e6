#pragma once

#include <memory>
#include <pqxx/connection>
#include <pqxx/transaction_base>
#include <string>
#include <utility>

namespace calmux::postgres {

/// Connects, or throws pqxx::broken_connection. The connection never reconnects by itself.
std::unique_ptr<pqxx::connection> connect(const std::string& parameters);

/// True once the server closed an idle connection or has something to say that nobody asked for.
bool closed_by_server(const pqxx::connection_base& connection);

/// An SQL statement that is prepared once on each connection that needs it.
///
/// Its plan may be made while the tables are small and be kept for long. So that it finds its rows by their keys then
/// and later, the rows that a statement is given come as `(SELECT $1::bigint AS workspace_id, … FROM unnest(…) LIMIT
/// (SELECT 2147483647))`, and everything is joined to their workspace_id: the planner takes them for very few, and has
/// nothing else to begin with. A plain `workspace_id = $1` would do for one: without statistics it is taken for as
/// telling as any other key, although it is true of all rows. See also Pool::grew().
struct Statement {
  const char* name;  ///< unique
  const char* sql;
};

template <class... Arguments>
pqxx::result run(pqxx::transaction_base& transaction, const Statement& statement, Arguments&&... arguments) {
  transaction.conn().prepare(statement.name, statement.sql);
  return transaction.exec_prepared(statement.name, std::forward<Arguments>(arguments)...);
}

}  // namespace calmux::postgres
