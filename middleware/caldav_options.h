#pragma once

#include "connectors/caldav/caldav_destination.h"
#include "middleware/config.h"

namespace calmux {

/// The destination as the operator configured it.
inline caldav::CalDavOptions caldav_options(const Config& config) {
  caldav::CalDavOptions options;
  options.url = config.caldav_url;
  options.calendar_name = config.caldav_calendar_name;
  options.create_missing = config.caldav_create_missing;
  options.username = config.caldav_username;
  options.password = config.caldav_password;
  options.max_parallel =
      config.caldav_parallel + 2;  // the health check and reconcile find a connection beside the writers
  options.ca_file = config.caldav_ca_file;
  options.total_timeout =
      std::chrono::seconds{15};  // of one call: with converge()'s 30 s it stays below the writer's lease
  return options;
}

}  // namespace calmux
