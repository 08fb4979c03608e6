#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mappings/cancelled.h"

namespace calmux {

/// How a conflict between real rivals is decided; the first three are the earlier system's names.
enum class ConflictResolution {
  last_write_wins,
  priority_based,
  manual,
  field_merge,
  source_wins,
  destination_wins,
  merge,
  keep_both
};

/// What the operator configured. Built once at start; immutable and shared by every thread after that.
struct Config {
  std::string database_url;

  std::string caldav_url;
  std::string caldav_username;
  std::string caldav_password;
  std::string caldav_calendar_name;
  std::string caldav_ca_file;  ///< extra trust for a private certificate; empty: the system's
  bool caldav_create_missing = true;
  int caldav_parallel = 8;  ///< requests at a time to the CalDAV server

  std::vector<std::string> api_keys;  ///< API_KEY, comma-separated: each valid for every source

  std::string address = "127.0.0.1";
  std::uint16_t port = 5000;
  std::size_t max_body_bytes = 1 << 20;
  int max_waiting = 16;  ///< requests with `Prefer: wait` at a time; further ones are answered `accepted` at once

  std::string workspace = "default";
  std::string log_level = "info";
  std::string log_file;  ///< empty: console only
  ConflictResolution conflict_resolution = ConflictResolution::last_write_wins;
  std::map<std::string, int> source_priority;  ///< by lower-case source id
  std::optional<std::chrono::days> max_event_age;
  CancelledRules cancelled;
  std::chrono::minutes reconcile_every{15};  ///< zero: only on demand
  std::chrono::days inbox_retention{30};
};

/// Which value a command needs: `check-config` and `serve` need all of them.
enum class ConfigScope { database, everything };

struct ConfigResult {
  Config config;
  std::vector<std::string>
      errors;  ///< all that is wrong, each naming the variable, what was found and what is expected
};

/// Reads the environment through `lookup`. A secret may come from a file named by the variable with `_FILE` appended.
ConfigResult read_config(const std::function<std::optional<std::string>(const std::string&)>& lookup,
                         const std::map<std::string, std::string>& source_priorities, ConfigScope scope);

/// read_config() over this process's environment.
ConfigResult read_environment(ConfigScope scope);

}  // namespace calmux
