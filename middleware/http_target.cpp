#include "middleware/http_target.h"

#include <algorithm>
#include <optional>

#include "middleware/http_text.h"

namespace calmux {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0 || high + low == 0) return std::nullopt;
      decoded.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      decoded.push_back(plus_is_blank && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return decoded;
}

bool is_target_octet(char c) {
  return c > 0x20 && c < 0x7f && c != '#';
}

}  // namespace

tl::expected<HttpTarget, std::string_view> read_http_target(std::string_view method, std::string_view target) {
  if (target.empty() || !std::all_of(target.begin(), target.end(), is_target_octet))
    return tl::unexpected<std::string_view>("the request target holds a character that a URI cannot hold");
  if (target == "*") {
    if (method != "OPTIONS") return tl::unexpected<std::string_view>("the request target '*' is for OPTIONS only");
    return HttpTarget{"*", {}};
  }
  if (target.front() != '/') {
    const auto scheme_end = target.find("://");
    const std::string_view scheme = target.substr(0, scheme_end);
    if (scheme_end == std::string_view::npos ||
        !(equal_ignoring_case(scheme, "http") || equal_ignoring_case(scheme, "https")))
      return tl::unexpected<std::string_view>("the request target is neither a path nor an http URI");
    target.remove_prefix(scheme_end + 3);
    const auto authority_end = target.find_first_of("/?");
    if (authority_end == 0 || target.empty())
      return tl::unexpected<std::string_view>("the URI in the request target names no host");
    target.remove_prefix(std::min(authority_end, target.size()));
  }

  std::string_view query = target;
  const std::string_view path = cut(query, '?');
  HttpTarget read;
  auto decoded_path = percent_decoded(path, false);
  if (!decoded_path) return tl::unexpected<std::string_view>("the path holds an invalid percent escape");
  read.path = decoded_path->empty() ? "/" : *std::move(decoded_path);
  while (!query.empty()) {
    std::string_view value = cut(query, '&');
    if (value.empty()) continue;
    const std::string_view name = cut(value, '=');
    auto decoded_name = percent_decoded(name, true);
    auto decoded_value = percent_decoded(value, true);
    if (!decoded_name || !decoded_value)
      return tl::unexpected<std::string_view>("the query holds an invalid percent escape");
    read.query.emplace(*std::move(decoded_name), *std::move(decoded_value));
  }
  return read;
}

}  // namespace calmux
