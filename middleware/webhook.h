#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "middleware/http_message.h"
#include "postgres/inbox.h"

namespace calmux {

/// A webhook request that can be accepted.
struct Webhook {
  std::vector<postgres::NewDelivery> deliveries;  ///< at least one
  std::chrono::seconds wait{0};                   ///< of `Prefer: wait=N` (RFC 7240 section 4.3), at most 100
};

/// Why a webhook request is refused.
struct WebhookRefusal {
  int status = 400;
  std::string message;     ///< what was wrong, where, what to do; no event text
  bool keep_body = false;  ///< its sender is known and the body may hold a change: to the dead letters
};

/// Reads a request whose sender is authenticated. `by_path` is the operation that the path names, if it names one.
/// Pure.
tl::expected<Webhook, WebhookRefusal> read_webhook(const HttpRequest& request, std::optional<Operation> by_path,
                                                   const std::string& source_id, const std::string& request_id);

/// Source ids are names for people and for URLs: 1 to 100 letters, digits and `_ . - @ :`.
bool valid_source_id(std::string_view source_id);

}  // namespace calmux
