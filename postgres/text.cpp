#include "postgres/text.h"

#include <cstddef>
#include <cstdint>

namespace calmux::postgres {

namespace {

std::uint8_t byte(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<std::uint8_t>(text[at]) : std::uint8_t{0};
}

bool continues(std::string_view text, std::size_t at) {
  return (byte(text, at) & 0xC0U) == 0x80U;
}

/// Length of the character at `at`; 0 where there is none.
std::size_t character(std::string_view text, std::size_t at) {
  const auto first = byte(text, at);
  const auto second = byte(text, at + 1);
  if (first < 0x80U) return first == 0 ? 0 : 1;
  if (first < 0xC2U || first > 0xF4U || !continues(text, at + 1)) return 0;
  if (first < 0xE0U) return 2;
  if (!continues(text, at + 2)) return 0;
  if (first < 0xF0U) return (first == 0xE0U && second < 0xA0U) || (first == 0xEDU && second > 0x9FU) ? 0 : 3;
  if (!continues(text, at + 3)) return 0;
  return (first == 0xF0U && second < 0x90U) || (first == 0xF4U && second > 0x8FU) ? 0 : 4;
}

}  // namespace

std::string storable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (const auto length = character(text, at); length > 0) {
      result.append(text.substr(at, length));
      at += length;
    } else {
      result.append("\xEF\xBF\xBD");
      ++at;
    }
  }
  return result;
}

}  // namespace calmux::postgres
