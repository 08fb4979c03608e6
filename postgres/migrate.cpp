#include "postgres/migrate.h"

#include <algorithm>
#include <pqxx/pqxx>

#include "postgres/connection.h"
#include "postgres/connection_string.h"
#include "postgres/pool.h"

namespace calmux::postgres {

namespace {

/// "calmux" in ASCII. Held by the session, so it ends with the process.
constexpr std::int64_t lock_key = 0x63616c6d7578;

struct Refusal {
  std::string sentence;
};

std::string number_of(const std::string& name) {
  return name.substr(0, name.find('_'));
}

/// How many of `wanted` the database holds already; throws a Refusal where it holds anything else.
std::size_t applied(const pqxx::result& rows, std::span<const Migration> wanted) {
  std::size_t count = 0;
  for (const auto& row : rows) {
    const auto name = row["name"].as<std::string>();
    if (count == wanted.size()) {
      throw Refusal{"the database was migrated by a newer Calmux (" + name + " is unknown here): upgrade this one"};
    }
    const auto& ours = wanted[count];
    if (name != ours.name) {
      // A later number in the place of ours: ours was never applied.
      throw Refusal{number_of(name) > number_of(ours.name)
                        ? "migration " + std::string(ours.name) + " is missing in the database although the later " +
                              name + " was applied: restore the database or schema_migrations"
                        : "migration " + name +
                              " was applied to the database but is not part of this Calmux: use the one that " +
                              "migrated it, or a newer one"};
    }
    if (row["sha256"].as<std::string>() != ours.sha256) {
      throw Refusal{"migration " + name +
                    " differs from the one that was applied to the database: applied migrations never change"};
    }
    ++count;
  }
  return count;
}

}  // namespace

Result<std::vector<std::string>> migrate(const std::string& url) {
  return migrate(url, migrations());
}

Result<std::vector<std::string>> migrate(const std::string& url, std::span<const Migration> wanted) {
  SessionDefaults defaults;
  defaults.application_name = "calmux migrate";
  const auto parameters = connection_string(url, defaults);
  if (!parameters) return tl::unexpected(parameters.error());
  std::vector<std::string> done;
  try {
    const auto connection = connect(*parameters);
    {
      pqxx::nontransaction session(*connection);
      session.exec("SELECT pg_advisory_lock(" + std::to_string(lock_key) + ")");
      session.exec(
          "SET client_min_messages = warning;"
          "CREATE TABLE IF NOT EXISTS schema_migrations ("
          "  name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())");
    }
    std::size_t next = 0;
    {
      pqxx::nontransaction session(*connection);
      next = applied(session.exec("SELECT name, sha256 FROM schema_migrations ORDER BY name COLLATE \"C\""), wanted);
    }
    for (const auto& migration : wanted.subspan(next)) {
      pqxx::work transaction(*connection);
      transaction.exec(migration.sql);
      transaction.exec_params("INSERT INTO schema_migrations (name, sha256) VALUES ($1, $2)", migration.name,
                              migration.sha256);
      transaction.commit();
      done.emplace_back(migration.name);
    }
  } catch (const Refusal& refusal) {
    return fail(ErrorKind::database_refused, refusal.sentence);
  } catch (...) {
    return tl::unexpected(classify_current_exception());
  }
  return done;
}

}  // namespace calmux::postgres
