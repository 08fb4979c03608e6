#pragma once

#include <string>
#include <string_view>

#include "middleware/http_message.h"

namespace calmux {

/// An answer as it goes onto the wire: status line and header section, and a body that follows it unless it is empty.
struct HttpAnswer {
  std::string head;
  std::string body;
};

/// Adds Content-Length, Connection and Date (RFC 9110 section 6.6.1). Fields of the response that would alter the
/// framing or could split the header section are left out. The answer to HEAD has the length but not the body.
HttpAnswer write_http_answer(HttpResponse response, bool to_head, bool close);

/// The phrase for a status code; empty for one that is not known, which RFC 9112 section 4 allows.
std::string_view http_reason_phrase(int status);

}  // namespace calmux
