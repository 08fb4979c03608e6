#include "mappings/fields/text_limit.h"

#include <algorithm>

namespace calmux::fields {

namespace {

unsigned char byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

bool is_continuation(unsigned char byte) {
  return (byte & 0xC0) == 0x80;
}

/// Bytes of the well-formed sequence at `at` (Unicode table 3-7), or 0.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const unsigned char lead = byte_at(text, at);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(byte_at(text, at + i))) return 0;
  }
  const unsigned char second = byte_at(text, at + 1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool surrogate = lead == 0xED && second > 0x9F;
  const bool beyond = lead == 0xF4 && second > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

/// Bytes at the front that may stay as they are.
std::size_t clean_length(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const unsigned char byte = byte_at(text, at);
    if (byte >= 0x80) {
      const std::size_t length = sequence_length(text, at);
      if (length == 0) break;
      at += length;
    } else if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F) {
      break;
    } else {
      ++at;
    }
  }
  return at;
}

}  // namespace

std::string_view utf8_prefix(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  // Four bytes are the longest sequence; what is no UTF-8 at all is cut where the limit falls.
  for (int back = 0; back < 4 && end > 0 && is_continuation(byte_at(text, end)); ++back) --end;
  return text.substr(0, is_continuation(byte_at(text, end)) ? limit : end);
}

std::string limited(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  if (limit < cut_mark.size()) return std::string(utf8_prefix(text, limit));
  std::string cut(utf8_prefix(text, limit - cut_mark.size()));
  cut += cut_mark;
  return cut;
}

std::string clean(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t good = clean_length(text.substr(at));
    out.append(text, at, good);
    at += good;
    if (at == text.size()) break;
    const unsigned char byte = byte_at(text, at);
    if (byte == '\r') {
      out.push_back('\n');
      at += at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 1;
    } else {
      if (byte >= 0x80) out.append("\xEF\xBF\xBD");
      ++at;
    }
  }
  return out;
}

std::string clean_line(std::string_view text) {
  std::string out = clean(text);
  std::ranges::replace_if(
      out, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  const auto first = out.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return out.substr(first, out.find_last_not_of(' ') - first + 1);
}

// One byte more than the limit is enough to see that there is more; cleaning shortens by at most half (CR LF).
std::string clean_text(std::string_view text, std::size_t limit) {
  return limited(clean(utf8_prefix(text, 2 * limit + 2)), limit);
}

std::string clean_line(std::string_view text, std::size_t limit) {
  return limited(clean_line(utf8_prefix(text, 2 * limit + 2)), limit);
}

}  // namespace calmux::fields
