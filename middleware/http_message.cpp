#include "middleware/http_message.h"

#include "middleware/http_text.h"

namespace calmux {

std::optional<std::string_view> HttpRequest::header(std::string_view name) const {
  for (const auto& field : headers) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

}  // namespace calmux
