#include "mappings/cancelled.h"

#include <algorithm>
#include <string_view>

namespace calmux {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool begins_with(std::string_view title, std::string_view prefix) {
  return !prefix.empty() && title.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), title.begin(), [](char l, char r) { return lower(l) == lower(r); });
}

}  // namespace

bool is_cancelled(const Event& event, const CancelledRules& rules) {
  if (event.cancelled) return true;
  return event.cancellation_unstated &&
         std::ranges::any_of(rules.prefixes, [&](const auto& prefix) { return begins_with(event.title, prefix); });
}

bool is_gone(const SourceEvent& event, const CancelledRules& rules) {
  return event.deleted || (!rules.show && is_cancelled(event.event, rules));
}

}  // namespace calmux
