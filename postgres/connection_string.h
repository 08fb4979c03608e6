#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "mappings/error.h"

namespace calmux::postgres {

/// What a session shall have beside what its URL says. A parameter that the URL names wins over ours.
struct SessionDefaults {
  std::chrono::seconds connect_timeout{3};
  std::string application_name = "calmux";
  std::vector<std::pair<std::string, std::string>> settings;  ///< server settings, name and value without spaces
};

/// `url` (a URI or key=value pairs) with the defaults filled in, as key=value pairs for libpq. Always with TCP
/// keepalives and `tcp_user_timeout`, so that a peer that vanished is noticed within half a minute. `malformed` where
/// libpq cannot read it; the message does not repeat the URL, which may hold a password.
Result<std::string> connection_string(const std::string& url, const SessionDefaults& defaults);

}  // namespace calmux::postgres
