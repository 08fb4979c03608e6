#include "postgres/pool.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <pqxx/pqxx>
#include <thread>
#include <vector>

#include "postgres/connection.h"
#include "postgres/connection_string.h"

namespace calmux::postgres {

namespace {

using Connection = std::unique_ptr<pqxx::connection>;

Result<std::string> parameters_for(const PoolOptions& options) {
  SessionDefaults defaults;
  defaults.connect_timeout = options.connect_timeout;
  defaults.application_name = options.application_name;
  defaults.settings = {
      {"statement_timeout", std::to_string(options.statement_timeout.count())},
      {"lock_timeout", std::to_string(options.lock_timeout.count())},
      {"idle_in_transaction_session_timeout", std::to_string(2 * options.statement_timeout.count())},
      // Every statement here finds a few rows by their keys. Without these a plan made while a table was small scans
      // all of it later, until the next ANALYZE.
      {"enable_seqscan", "off"},
      {"enable_bitmapscan", "off"},
      {"enable_hashjoin", "off"},
      {"enable_mergejoin", "off"},
      // A few rows are not worth starting processes or a compiler for, whatever the planner takes them for.
      {"max_parallel_workers_per_gather", "0"},
      {"jit", "off"},
  };
  if (!options.durable) defaults.settings.push_back({"synchronous_commit", "off"});
  return connection_string(options.url, defaults);
}

/// Whether a connection on which this happened may be used again.
bool spoils_connection(const Error& error) {
  switch (error.kind) {
  case ErrorKind::database_refused:
    return false;
  case ErrorKind::database_conflict:
    // A missing or outdated prepared statement, see classify_sqlstate().
    return error.message.starts_with("PostgreSQL 26000") || error.message.starts_with("PostgreSQL 0A000");
  case ErrorKind::malformed:
  case ErrorKind::unplaceable:
  case ErrorKind::not_found:
  case ErrorKind::precondition_failed:
  case ErrorKind::uid_conflict:
  case ErrorKind::refused:
  case ErrorKind::too_large:
  case ErrorKind::unauthorized:
  case ErrorKind::rate_limited:
  case ErrorKind::unavailable:
  case ErrorKind::timed_out:
  case ErrorKind::peer_failed:
  case ErrorKind::protocol:
  case ErrorKind::database_unavailable:
  case ErrorKind::database_in_doubt:
  case ErrorKind::internal:
    return true;
  }
  return true;
}

}  // namespace

struct Pool::State {
  explicit State(PoolOptions given) : options(std::move(given)), parameters(parameters_for(options)) {}

  const PoolOptions options;
  const Result<std::string> parameters;

  std::mutex mutex;
  std::condition_variable freed;
  std::vector<Connection> idle;  // the last one used is the first one taken
  int in_use = 0;

  struct Growth {
    std::size_t rows = 0;  // added through this pool
    std::size_t look_at = 1'000;
  };
  std::map<std::string, Growth> growth;

  /// How many rows were added, where that is worth a look at the statistics; else 0.
  std::size_t notable_growth(const char* table, std::size_t rows) {
    const std::lock_guard lock(mutex);
    auto& one = growth[table];
    one.rows += rows;
    if (one.rows < one.look_at) return 0;
    while (one.look_at <= one.rows) one.look_at *= 10;
    return one.rows;
  }

  bool enter() {
    std::unique_lock lock(mutex);
    if (!freed.wait_for(lock, options.connect_timeout, [this] { return in_use < options.size; })) return false;
    ++in_use;
    return true;
  }

  Connection take() {
    while (true) {
      Connection connection;
      {
        const std::lock_guard lock(mutex);
        if (idle.empty()) break;
        connection = std::move(idle.back());
        idle.pop_back();
      }
      if (!closed_by_server(*connection)) return connection;
    }
    return connect(*parameters);
  }

  void leave(Connection connection) {
    {
      const std::lock_guard lock(mutex);
      --in_use;
      if (connection) idle.push_back(std::move(connection));
    }
    freed.notify_one();
  }
};

Pool::Pool(PoolOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Pool::~Pool() = default;

void Pool::grew(const char* table, std::size_t rows) {
  const auto added = state_->notable_growth(table, rows);
  if (added == 0) return;
  // A failure is no harm: autovacuum does the same, later.
  (void)use([&](pqxx::connection_base& connection) {
    pqxx::nontransaction session(connection);
    const auto known = session.exec_params1("SELECT reltuples FROM pg_class WHERE oid = $1::regclass", table);
    if (known[0].as<double>() < static_cast<double>(added) / 2) session.exec("ANALYZE " + session.quote_name(table));
  });
}

const PoolOptions& Pool::options() const {
  return state_->options;
}

Result<void> Pool::use(const std::function<void(pqxx::connection_base&)>& work) {
  if (!state_->parameters) return tl::unexpected(state_->parameters.error());
  if (!state_->enter()) {
    return fail(ErrorKind::database_unavailable,
                "all " + std::to_string(state_->options.size) + " database connections are busy");
  }
  Connection connection;
  Result<void> result;
  try {
    connection = state_->take();
    work(*connection);
    if (!connection->is_open()) connection.reset();
  } catch (...) {
    result = tl::unexpected(classify_current_exception());
    if (connection && (spoils_connection(result.error()) || !connection->is_open())) connection.reset();
  }
  state_->leave(std::move(connection));
  return result;
}

Result<void> Pool::use_repeatably(const std::function<void(pqxx::connection_base&)>& work) {
  constexpr int tries = 3;
  constexpr std::chrono::milliseconds pause{30};
  const auto patience = std::chrono::steady_clock::now() + state_->options.lock_timeout;
  for (int tried = 1;; ++tried) {
    auto result = use(work);
    if (result || result.error().kind != ErrorKind::database_conflict) return result;
    if (tried == tries || std::chrono::steady_clock::now() > patience) return result;
    // Lets the winner of a deadlock pass: begun again at once, the same transaction takes its lock back and both meet
    // again.
    std::this_thread::sleep_for(tried * pause);
  }
}

}  // namespace calmux::postgres
