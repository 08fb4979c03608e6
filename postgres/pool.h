#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "mappings/error.h"

namespace pqxx {
class connection_base;  // what every pqxx::connection is; that name itself is an alias and cannot be declared ahead
}

namespace calmux::postgres {

struct PoolOptions {
  std::string url;  ///< as libpq takes it, several hosts included; a parameter that it names wins over those below
  int size = 8;     ///< connections at most
  std::chrono::milliseconds statement_timeout{5'000};
  std::chrono::milliseconds lock_timeout{3'000};
  std::chrono::seconds connect_timeout{3};
  std::string application_name = "calmux";
  /// False: a commit does not wait for the disk, and PostgreSQL's crash may undo the last ones. Only for what is found
  /// again and done again: claims, folds and records of writes, whose deliveries were committed durably before.
  bool durable = true;
};

/// Connections to one database, made when they are needed. Thread-safe; must outlive whatever uses it. A connection
/// that broke is destroyed, never reactivated, so nothing that hangs on a session (locks, prepared statements, LISTEN)
/// is lost silently; the next use connects anew. One that the server closed while it was idle is noticed before it is
/// used.
class Pool {
 public:
  explicit Pool(PoolOptions options);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Runs `work` with a connection of its own, waiting at most `connect_timeout` for a free one. Exceptions of libpqxx
  /// and others end here and become an Error (`database_*`, see classify_current_exception()). Not to be nested: the
  /// inner use may wait for the connection of the outer one.
  Result<void> use(const std::function<void(pqxx::connection_base&)>& work);

  /// use(), once more after a deadlock or a serialization failure, where the whole transaction was rolled back and may
  /// be repeated. Not after a lock or statement time-out: the caller has waited long enough.
  Result<void> use_repeatably(const std::function<void(pqxx::connection_base&)>& work);

  /// Tells that rows were added to a table of ours. From 1,000 rows on, and at each tenfold, its statistics are renewed
  /// where they lag far behind: a plan that was made and kept while the table was nearly empty must not outlive that,
  /// and autovacuum comes by once a minute only. Mostly free.
  void grew(const char* table, std::size_t rows);

  const PoolOptions& options() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What a caught libpqxx or standard exception means. Call within a catch block.
Error classify_current_exception();

/// What an SQLSTATE (appendix A of PostgreSQL's manual) means for the caller. Empty: the connection broke before an
/// answer came.
ErrorKind classify_sqlstate(std::string_view sqlstate);

}  // namespace calmux::postgres
