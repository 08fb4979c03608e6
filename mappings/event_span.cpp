#include "mappings/event_span.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace calmux {
namespace {

using std::chrono::days;
using std::chrono::sys_seconds;

/// The value of one part of an RRULE ("COUNT" of "FREQ=DAILY;COUNT=3"); empty where it is not there.
std::string_view rule_part(std::string_view rrule, std::string_view name) {
  while (!rrule.empty()) {
    const auto end = std::min(rrule.find(';'), rrule.size());
    const auto part = rrule.substr(0, end);
    if (part.size() > name.size() && part.substr(0, name.size()) == name && part[name.size()] == '=') {
      return part.substr(name.size() + 1);
    }
    rrule.remove_prefix(std::min(end + 1, rrule.size()));
  }
  return {};
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The most that one repetition can take. A rule may skip months that lack its day and years that lack 29 February.
std::optional<days> longest_step(std::string_view frequency) {
  if (frequency == "DAILY") return days{1};
  if (frequency == "WEEKLY") return days{7};
  if (frequency == "MONTHLY") return days{62};
  if (frequency == "YEARLY") return days{366 * 8};
  return std::nullopt;
}

/// After this no occurrence starts; nothing where the rule is open or says too little.
std::optional<sys_seconds> last_start(const Event& master) {
  const std::string_view rrule = master.recurrence->rrule;
  if (const auto until = rule_part(rrule, "UNTIL"); until.size() >= 8) {
    const auto year = number(until.substr(0, 4));
    const auto month = number(until.substr(4, 2));
    const auto day = number(until.substr(6, 2));
    if (!year || !month || !day || *month < 1 || *day < 1) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days{date} + days{1};
  }
  const auto count = number(rule_part(rrule, "COUNT"));
  const auto step = longest_step(rule_part(rrule, "FREQ"));
  const auto interval = number(rule_part(rrule, "INTERVAL")).value_or(1);
  constexpr int most = 10'000;  // beyond it the product says nothing that "open" does not
  if (!count || !step || *count < 1 || *count > most || interval < 1 || interval > most) return std::nullopt;
  return master.start.instant + *step * (static_cast<std::int64_t>(*count) * interval);
}

}  // namespace

std::optional<sys_seconds> latest_end(const Event& event) {
  sys_seconds end = event.end.instant;
  if (!event.recurrence) return end;
  const auto duration = event.end.instant - event.start.instant;
  if (!event.recurrence->rrule.empty()) {
    const auto last = last_start(event);
    if (!last) return std::nullopt;
    end = std::max(end, *last + duration);
  }
  for (const auto& date : event.recurrence->rdates) end = std::max(end, date.instant + duration);
  return end;
}

}  // namespace calmux
