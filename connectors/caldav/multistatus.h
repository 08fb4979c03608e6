#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mappings/error.h"

namespace calmux::caldav {

/// The DAV:error element (RFC 4918 section 16): which precondition a server names.
struct DavError {
  std::vector<std::string> conditions;  ///< local names, as "no-uid-conflict"; hyphens as the RFCs write them
  std::string href;  ///< inside the condition (RFC 4791 section 5.3.2.1), undecoded; empty where there is none

  bool names(std::string_view condition) const;
};

/// Properties of those propstat elements whose status is 2xx; the others count as absent.
struct Properties {
  std::optional<std::string> etag;  ///< as it stands
  std::optional<std::string> display_name;
  std::optional<std::string> content_type;
  std::optional<std::string> sync_token;
  std::optional<std::string> calendar_data;
  std::optional<std::string> current_user_principal;  ///< href
  std::vector<std::string> calendar_home_set;         ///< hrefs
  std::vector<std::string> components;  ///< of supported-calendar-component-set; empty where the server does not say
  bool is_collection = false;
  bool is_calendar = false;
  bool is_principal = false;
};

struct DavResponse {
  std::string href;                         ///< the first one, as it stands
  int status = 0;                           ///< the response's own; 0 where it has propstat elements
  std::vector<int> failed_property_status;  ///< of each propstat that is not 2xx
  Properties properties;
  DavError error;

  bool failed() const { return status >= 300; }
};

struct Multistatus {
  std::vector<DavResponse> responses;
  std::string sync_token;  ///< RFC 6578; empty where there is none
  DavError error;          ///< where the document is a bare DAV:error instead
};

/// Reads a multistatus (RFC 4918 section 13) or a bare DAV:error. `protocol` where it is neither: a truncated document,
/// HTML, a response without href, a status line that is none. `too_large` over the parser's limits. Thread-safe.
Result<Multistatus> read_multistatus(std::string_view body);

/// The DAV:error of a failed request's body; empty where the body is anything else, as most are.
DavError read_error(std::string_view body);

}  // namespace calmux::caldav
