#include "connectors/caldav/href.h"

#include <algorithm>

#include "connectors/http_client.h"
#include "mappings/sha256.h"

namespace calmux::caldav {
namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Apache answers 404 to %2F whatever lies behind it, Radicale takes it for a separator; DAViCal answers 400 to quotes
// and brackets; a leading dot or tilde hides a file. So only what is known to work everywhere is kept.
bool hazardous(std::string_view uid) {
  if (uid.empty() || uid.front() == '.' || uid.front() == '~') return true;
  return std::any_of(uid.begin(), uid.end(), [](char c) {
    const bool beyond_ascii = static_cast<unsigned char>(c) >= 0x80;
    return !is_alphanumeric(c) && !beyond_ascii && std::string_view("-._~@+= ").find(c) == std::string_view::npos;
  });
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += '%';
      result += hex_digits[byte >> 4U];
      result += hex_digits[byte & 15U];
    }
  }
  return result;
}

std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      result += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string canonical_path(std::string_view href) {
  std::string whole;
  if (!href.starts_with('/') || href.starts_with("//")) {
    const auto url = parse_url(std::string(href));
    if (!url) return {};
    whole = url->path;
    href = whole;
  }
  href = href.substr(0, href.find_first_of("?#"));
  std::string result;
  while (!href.empty()) {
    const auto slash = href.find('/');
    result += percent_encoded(percent_decoded(href.substr(0, slash)));
    if (slash == std::string_view::npos) break;
    if (result.empty() || result.back() != '/') result += '/';
    href.remove_prefix(slash + 1);
  }
  return result;
}

std::string last_segment(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return percent_decoded(path.substr(path.rfind('/') + 1));
}

std::string parent_path(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return std::string(path.substr(0, path.rfind('/') + 1));
}

std::string resource_name(std::string_view uid) {
  constexpr std::size_t longest = 200;
  constexpr std::string_view suffix = ".ics";
  if (!hazardous(uid)) {
    std::string name = percent_encoded(uid);
    if (name.size() + suffix.size() <= longest) return name.append(suffix);
  }
  return sha256_hex(uid).append(suffix);
}

std::string calendar_segment(std::string_view name) {
  constexpr std::size_t longest = 64;
  const bool safe = !name.empty() && name.size() <= longest && is_alphanumeric(name.front()) &&
                    std::all_of(name.begin(), name.end(),
                                [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
  return safe ? std::string(name) : "calmux-" + sha256_hex(name).substr(0, 16);
}

std::string canonical_etag(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  const auto bad = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  if (etag.empty() || std::any_of(etag.begin(), etag.end(), bad)) return {};
  if (etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"')) return std::string(etag);
  return '"' + std::string(etag) + '"';
}

}  // namespace calmux::caldav
