#include "tests/fuzz/property.h"

#include <algorithm>
#include <string>

namespace calmux::fuzz {

void require(bool holds, const char* property, std::string_view seen) {
  if (!holds) throw Violation(std::string(property) + ": " + std::string(seen));
}

std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

bool is_utf8(std::string_view text) {
  std::uint32_t character = 0;
  std::uint32_t least = 0;
  int missing = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (missing > 0) {
      if ((byte & 0xC0U) != 0x80U) return false;
      character = (character << 6U) | (byte & 0x3FU);
      if (--missing > 0) continue;
      if (character < least || character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF)) return false;
    } else if (byte >= 0xF8U || (byte >= 0x80U && byte < 0xC0U)) {
      return false;
    } else if (byte >= 0xC0U) {
      missing = byte >= 0xF0U ? 3 : byte >= 0xE0U ? 2 : 1;
      character = byte & (0x3FU >> missing);
      least = missing == 3 ? 0x10000 : missing == 2 ? 0x800 : 0x80;
    }
  }
  return missing == 0;
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return (c >= 0 && c < ' ' && c != '\n' && c != '\t') || c == 0x7F; });
}

}  // namespace calmux::fuzz
