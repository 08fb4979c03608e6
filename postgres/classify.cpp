#include <exception>
#include <new>
#include <pqxx/pqxx>

#include "postgres/pool.h"

namespace calmux::postgres {

namespace {

Error error(ErrorKind kind, std::string message) {
  // libpq ends its messages with line breaks.
  while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) message.pop_back();
  return Error{kind, std::move(message), std::nullopt, std::nullopt};
}

}  // namespace

ErrorKind classify_sqlstate(std::string_view sqlstate) {
  if (sqlstate.empty()) return ErrorKind::database_unavailable;
  if (sqlstate.size() != 5) return ErrorKind::internal;

  // The outcome of the transaction is unknown.
  if (sqlstate == "08007" || sqlstate == "40003") return ErrorKind::database_in_doubt;
  // A statement time-out or a cancellation: nothing was done, and a quieter moment may let it pass.
  if (sqlstate == "57014" || sqlstate == "55P03") return ErrorKind::database_conflict;
  // A prepared statement is gone or no longer fits the tables: a migration ran, or a pooler sits between. A new session
  // helps.
  if (sqlstate == "26000" || sqlstate == "0A000") return ErrorKind::database_conflict;
  // A standby, or a primary that was demoted: another host may be the primary now.
  if (sqlstate == "25006") return ErrorKind::database_unavailable;
  // The server ended the session for being idle within a transaction.
  if (sqlstate == "25P03") return ErrorKind::database_unavailable;

  const auto group = sqlstate.substr(0, 2);
  if (group == "08" || group == "53" || group == "57" || group == "58") return ErrorKind::database_unavailable;
  // No access, or no such database: for the operator to mend, without a restart of ours.
  if (group == "28" || group == "3D") return ErrorKind::database_unavailable;
  if (group == "40") return ErrorKind::database_conflict;
  // 54: a value or a key is beyond a limit of PostgreSQL.
  if (group == "22" || group == "23" || group == "54") return ErrorKind::database_refused;
  return ErrorKind::internal;
}

Error classify_current_exception() {
  try {
    throw;
  } catch (const pqxx::in_doubt_error& e) {
    return error(ErrorKind::database_in_doubt, e.what());
  } catch (const pqxx::statement_completion_unknown& e) {
    return error(ErrorKind::database_in_doubt, e.what());
  } catch (const pqxx::transaction_rollback& e) {
    return error(ErrorKind::database_conflict, e.what());
  } catch (const pqxx::broken_connection& e) {
    return error(ErrorKind::database_unavailable, e.what());
  } catch (const pqxx::sql_error& e) {
    auto message = std::string(e.what());
    if (!e.sqlstate().empty()) message = "PostgreSQL " + e.sqlstate() + ": " + message;
    return error(classify_sqlstate(e.sqlstate()), std::move(message));
  } catch (const std::bad_alloc&) {
    return error(ErrorKind::internal, "out of memory");
  } catch (const std::exception& e) {
    return error(ErrorKind::internal, e.what());
  } catch (...) {
    return error(ErrorKind::internal, "an exception of an unknown type");
  }
}

}  // namespace calmux::postgres
