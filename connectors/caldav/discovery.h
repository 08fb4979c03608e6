#pragma once

#include <string>

#include "connectors/caldav/dav_client.h"

namespace calmux::caldav {

struct Calendar {
  std::string url;     ///< absolute, canonical, with a trailing slash
  std::string origin;  ///< scheme://host[:port]
  std::string path;    ///< canonical, with a trailing slash
  bool read_first = false;
};

/// Finds the calendar that the options mean, or creates it where they allow it: the URL itself, else the calendar homes
/// of its principal (RFC 5397, RFC 4791 section 6.2.1; found through RFC 6764's well-known URL where need be).
Result<Calendar> find_calendar(DavClient& client, const CalDavOptions& options, Deadline deadline);

}  // namespace calmux::caldav
