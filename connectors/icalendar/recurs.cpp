#include "connectors/icalendar/recurs.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/icalendar/ical_time.h"
#include "connectors/icalendar/libical.h"
#include "connectors/icalendar/read_date.h"

namespace calmux::icalendar {

namespace {

using std::chrono::local_seconds;
using Kind = DateValue::Kind;

// Thirty years of a daily series.
constexpr int most_occurrences = 11'000;

struct Rule {
  std::string text;  ///< without UNTIL, which libical compares with the start whatever their zones are
  std::optional<ParsedDate> until;
};

Rule parse_rule(std::string_view rrule) {
  Rule rule;
  while (!rrule.empty()) {
    const auto end = std::min(rrule.find(';'), rrule.size());
    const auto part = rrule.substr(0, end);
    if (part.starts_with("UNTIL=")) {
      rule.until = parse_date_time(part.substr(6));
    } else {
      rule.text += (rule.text.empty() ? "" : ";") + std::string(part);
    }
    rrule.remove_prefix(std::min(end + 1, rrule.size()));
  }
  return rule;
}

bool is_after(const DateValue& date, const ParsedDate& until) {
  using std::chrono::days;
  using std::chrono::floor;
  if (date.is_date() || until.form == DateForm::date) return floor<days>(date.local) > floor<days>(until.local);
  return until.form == DateForm::utc ? date.instant.time_since_epoch() > until.local.time_since_epoch()
                                     : date.local > until.local;
}

struct FreeIterator {
  void operator()(icalrecur_iterator* iterator) const { icalrecur_iterator_free(iterator); }
};

}  // namespace

std::vector<bool> recurs(const Event& master, std::span<const DateValue> recurrence_ids) {
  if (recurrence_ids.empty() || !master.recurrence) return std::vector<bool>(recurrence_ids.size(), true);
  std::vector<local_seconds> given{master.start.local};
  for (const auto& date : master.recurrence->rdates) given.push_back(date.local);
  local_seconds counted = local_seconds::max();  // up to here `given` is complete

  const Rule rule = parse_rule(master.recurrence->rrule);
  const auto tolerance = std::chrono::hours{master.start.kind == Kind::utc ? 1 : 0};
  if (!rule.text.empty()) {
    warm_up_libical();
    const auto read = icalrecurrencetype_from_string(rule.text.c_str());
    if (read.freq == ICAL_NO_RECURRENCE) return std::vector<bool>(recurrence_ids.size(), true);
    const auto last = std::ranges::max(recurrence_ids, {}, &DateValue::local).local + tolerance;
    const std::unique_ptr<icalrecur_iterator, FreeIterator> iterator(
        icalrecur_iterator_new(read, as_icaltime(master.start.local)));
    if (!iterator) return std::vector<bool>(recurrence_ids.size(), true);
    for (int i = 0;; ++i) {
      const auto next = icalrecur_iterator_next(iterator.get());
      if (icaltime_is_null_time(next) != 0) break;
      given.push_back(as_local(next));
      if (given.back() > last) break;
      if (i == most_occurrences) {
        counted = given.back();
        break;
      }
    }
    std::ranges::sort(given);
  }

  std::vector<bool> result;
  for (const auto& id : recurrence_ids) {
    const auto near = std::ranges::lower_bound(given, id.local - tolerance);
    const bool found = near != given.end() && *near <= id.local + tolerance;
    result.push_back((found || id.local > counted) && !(rule.until && is_after(id, *rule.until)));
  }
  return result;
}

}  // namespace calmux::icalendar
