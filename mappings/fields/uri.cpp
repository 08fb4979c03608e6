#include "mappings/fields/uri.h"

#include <algorithm>

namespace calmux::fields {

namespace {

bool starts_with_folded(std::string_view text, std::string_view lower) {
  return text.size() > lower.size() && std::equal(lower.begin(), lower.end(), text.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b);
         });
}

}  // namespace

bool is_web_address(std::string_view text) {
  if (text.size() > 2048) return false;
  if (!starts_with_folded(text, "https://") && !starts_with_folded(text, "http://")) return false;
  return std::ranges::all_of(
      text, [](char c) { return c > ' ' && c < 0x7F && c != '"' && c != '<' && c != '>' && c != '\\' && c != '^'; });
}

std::string_view host_of(std::string_view address) {
  const auto start = address.find("//");
  if (start == std::string_view::npos) return {};
  address.remove_prefix(start + 2);
  address = address.substr(0, address.find_first_of("/?#"));
  if (const auto user = address.rfind('@'); user != std::string_view::npos) address.remove_prefix(user + 1);
  return address.substr(0, address.find(':'));
}

}  // namespace calmux::fields
