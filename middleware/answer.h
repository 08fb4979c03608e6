#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "middleware/http_message.h"

namespace calmux {

/// A new request id in hex: the milliseconds since 1970, so that ids of one time lie together in an index, then 80
/// random bits. Cheap: drawn from a generator of the thread's own that the system seeded.
std::string new_request_id();

/// An answer in JSON that names its request.
HttpResponse json_answer(int status, const nlohmann::json& body, std::string_view request_id);

/// `{"status": "error", "message", "request_id"}`: the shape of every refusal.
HttpResponse error_answer(int status, std::string_view message, std::string_view request_id);

/// error_answer() with Retry-After, for 429 and 503.
HttpResponse later_answer(int status, std::string_view message, std::string_view request_id, int retry_after_seconds);

}  // namespace calmux
