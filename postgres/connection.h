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
