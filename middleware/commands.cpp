#include "middleware/commands.h"

#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "mappings/sha256.h"
#include "middleware/caldav_options.h"
#include "middleware/config.h"
#include "middleware/digest.h"
#include "middleware/reconciler.h"
#include "middleware/service.h"
#include "postgres/inbox.h"
#include "postgres/key_store.h"
#include "postgres/migrate.h"
#include "postgres/object_store.h"
#include "postgres/overview.h"
#include "postgres/pool.h"

namespace calmux {
namespace {

std::optional<Config> configured(ConfigScope scope) {
  auto [config, errors] = read_environment(scope);
  for (const auto& error : errors) std::cerr << "calmux: " << error << '\n';
  if (!errors.empty()) return std::nullopt;
  return config;
}

int failed(const Error& error) {
  std::cerr << "calmux: " << error.message << '\n';
  return EXIT_FAILURE;
}

/// Runs `use` with the database of the environment.
template <class Use>
int with_database(const Config& config, Use use) {
  postgres::Pool pool({.url = config.database_url, .size = 1});
  const auto workspace = postgres::open_workspace(pool, config.workspace);
  if (!workspace) return failed(workspace.error());
  return use(pool, *workspace);
}

}  // namespace

int serve(const sigset_t& end) {
  const auto config = configured(ConfigScope::everything);
  if (!config) return EXIT_FAILURE;
  const Service service(*config);
  int signal = 0;
  sigwait(&end, &signal);
  return EXIT_SUCCESS;
}

int migrate() {
  const auto config = configured(ConfigScope::database);
  if (!config) return EXIT_FAILURE;
  const auto applied = postgres::migrate(config->database_url);
  if (!applied) return failed(applied.error());
  for (const auto& name : *applied) std::cout << "applied " << name << '\n';
  if (applied->empty()) std::cout << "the schema is up to date\n";
  return EXIT_SUCCESS;
}

int check_config() {
  if (!configured(ConfigScope::everything)) return EXIT_FAILURE;
  std::cout << "the configuration is good\n";
  return EXIT_SUCCESS;
}

int reconcile(bool dry_run) {
  const auto config = configured(ConfigScope::everything);
  if (!config) return EXIT_FAILURE;
  return with_database(*config, [&](postgres::Pool& pool, std::int64_t workspace) {
    postgres::ObjectStore objects(pool, workspace);
    caldav::CalDavDestination destination(caldav_options(*config));
    const auto differences = compare(objects, destination);
    if (!differences) return failed(differences.error());
    for (const auto& difference : *differences) std::cout << describe(difference) << '\n';
    if (differences->empty()) std::cout << "the destination holds what was written\n";
    if (dry_run) return EXIT_SUCCESS;
    const auto repaired = repair(objects, *differences);
    if (!repaired) return failed(repaired.error());
    if (*repaired > 0) std::cout << *repaired << " will be written by the running service\n";
    return EXIT_SUCCESS;
  });
}

int replay(std::optional<long long> id, const std::string& source_id) {
  const auto config = configured(ConfigScope::database);
  if (!config) return EXIT_FAILURE;
  return with_database(*config, [&](postgres::Pool& pool, std::int64_t workspace) {
    const auto replayed = postgres::Inbox(pool, workspace).replay(id, source_id);
    if (!replayed) return failed(replayed.error());
    std::cout << *replayed << " dead letters will be taken up again\n";
    if (id || !source_id.empty()) return EXIT_SUCCESS;
    const auto objects = postgres::ObjectStore(pool, workspace).replay_errors();
    if (!objects) return failed(objects.error());
    std::cout << *objects << " calendar objects that the server refused will be written again\n";
    return EXIT_SUCCESS;
  });
}

int trace(const std::string& event) {
  const auto config = configured(ConfigScope::database);
  if (!config) return EXIT_FAILURE;
  return with_database(*config, [&](postgres::Pool& pool, std::int64_t workspace) {
    const auto trace = postgres::Overview(pool, workspace).trace(event);
    if (!trace) return failed(trace.error());
    std::cout << trace->dump(2) << '\n';
    return EXIT_SUCCESS;
  });
}

int new_key(const std::string& label, const std::vector<std::string>& sources) {
  const auto config = configured(ConfigScope::database);
  if (!config) return EXIT_FAILURE;
  return with_database(*config, [&](postgres::Pool& pool, std::int64_t workspace) {
    const auto key = "cmx_" + random_hex(24);
    if (const auto added = postgres::KeyStore(pool, workspace).add({sha256_hex(key), label, sources}); !added) {
      return failed(added.error());
    }
    std::cout << key << '\n';
    return EXIT_SUCCESS;
  });
}

}  // namespace calmux
