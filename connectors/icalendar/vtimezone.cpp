#include "connectors/icalendar/vtimezone.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "connectors/icalendar/content_line.h"
#include "connectors/icalendar/libical_check.h"
#include "connectors/icalendar/vtimezone_rule.h"
#include "connectors/time_zone_database.h"

namespace calmux::icalendar {

namespace {

using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using time_zone::Change;
using time_zone::Period;
using time_zone::Rule;
using time_zone::Zone;

/// Older than any electronic calendar; the zone data begins later.
constexpr sys_seconds beginning{sys_days{std::chrono::year{1601} / 1 / 1}};
constexpr sys_seconds epoch{};

/// One STANDARD or DAYLIGHT: the same change at several times, or each year.
struct Observance {
  bool daylight = false;
  seconds from{0};
  seconds to{0};
  std::string name;
  std::vector<local_seconds> onsets;  ///< in the time before the change, as DTSTART wants it
  std::string rrule;
};

local_seconds wall(sys_seconds at, seconds offset) {
  return local_seconds{at.time_since_epoch() + offset};
}

/// Zone data calls winter time in Dublin and Ramadan in Casablanca "daylight saving" of a negative amount. Readers
/// expect DAYLIGHT to be ahead of STANDARD, so the pair is named by its effect.
bool is_ahead(const Change& change, bool was_daylight) {
  return change.to > change.from && (change.daylight || was_daylight);
}

std::vector<Change> listed_changes(const Zone& zone, sys_seconds from, sys_seconds to) {
  std::vector<Change> changes;
  if (zone.last_listed_change() == sys_seconds::min()) return changes;
  Period before = zone.period_at(from - seconds(1));
  while (before.end <= to && before.end <= zone.last_listed_change()) {
    const Period after = zone.period_at(before.end);
    Change change{before.end, before.offset, after.offset, after.daylight, after.abbreviation};
    change.daylight = is_ahead(change, before.daylight);
    changes.push_back(std::move(change));
    before = after;
  }
  return changes;
}

/// From when on the footer's yearly rule explains every listed change: usually long before the last one that is listed.
sys_seconds find_rule_start(const Zone& zone) {
  const auto& rule = zone.rule();
  if (!rule || !rule->changes()) return sys_seconds::max();
  const std::vector<Change> changes = listed_changes(zone, beginning, sys_seconds::max());
  sys_seconds start = sys_seconds::max();
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    const Period now = rule->period_at(change->at);
    const bool explained = now.begin == change->at && now.offset == change->to &&
                           rule->period_at(change->at - seconds(1)).offset == change->from &&
                           (start == sys_seconds::max() || now.end == start);
    if (!explained) break;
    start = change->at;
  }
  return start == sys_seconds::max() ? zone.last_listed_change() + seconds(1) : start;
}

void add_change(std::vector<Observance>& observances, const Change& change) {
  const auto same = std::ranges::find_if(observances, [&](const Observance& known) {
    return known.daylight == change.daylight && known.from == change.from && known.to == change.to &&
           known.name == change.abbreviation;
  });
  if (same != observances.end()) {
    same->onsets.push_back(wall(change.at, change.from));
  } else {
    observances.push_back(
        {change.daylight, change.from, change.to, change.abbreviation, {wall(change.at, change.from)}, {}});
  }
}

/// The rule's change for ever, from the first that comes at or after `start`.
template <class ChangeIn>
void add_yearly(std::vector<Observance>& observances, const time_zone::RuleDay& day, sys_seconds start,
                ChangeIn change_in) {
  const auto first_year =
      std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(start)}.year() - std::chrono::years(1);
  const auto add_first_that = [&](const std::string& rrule, auto fits) {
    for (int i = 0; i < 40; ++i) {
      Change change = change_in(first_year + std::chrono::years(i));
      if (change.at < start || !fits(change)) continue;
      const bool ahead = change.to > change.from;
      observances.push_back(
          {ahead, change.from, change.to, change.abbreviation, {wall(change.at, change.from)}, rrule});
      return;
    }
  };
  const auto days = yearly_days(day);
  for (const YearlyDay& yearly : days) {
    add_first_that(yearly.rrule, [&](const Change& change) {
      const auto onset = std::chrono::floor<std::chrono::days>(wall(change.at, change.from));
      return static_cast<unsigned>(std::chrono::year_month_day{onset}.month()) == yearly.month;
    });
  }
  if (!days.empty()) return;
  // No zone of today comes here. A rule that RRULE cannot say is listed for as long as a calendar is likely to be read.
  for (int i = 0; i < 100; ++i) {
    Change change = change_in(first_year + std::chrono::years(i));
    change.daylight = change.to > change.from;
    if (change.at >= start) add_change(observances, change);
  }
}

std::string format_offset(seconds offset) {
  const auto total = static_cast<unsigned>(std::abs(offset.count()));
  const auto two = [](unsigned value) { return std::string{char('0' + value / 10), char('0' + value % 10)}; };
  std::string text = (offset < seconds(0) ? "-" : "+") + two(total / 3600) + two(total / 60 % 60);
  if (total % 60 != 0) text += two(total % 60);  // Liberia until 1972
  return text;
}

std::string write(std::string_view tzid, std::vector<Observance> observances) {
  std::ranges::sort(observances, {}, [](const Observance& observance) { return observance.onsets.front(); });
  ContentLines lines;
  lines.add("BEGIN", "VTIMEZONE");
  lines.add("TZID", tzid);
  for (const Observance& observance : observances) {
    const char* const name = observance.daylight ? "DAYLIGHT" : "STANDARD";
    lines.add("BEGIN", name);
    lines.add("DTSTART", format_time(observance.onsets.front()));
    lines.add("TZOFFSETFROM", format_offset(observance.from));
    lines.add("TZOFFSETTO", format_offset(observance.to));
    lines.add("TZNAME", observance.name);
    if (!observance.rrule.empty()) lines.add("RRULE", observance.rrule);
    if (observance.onsets.size() > 1) {
      std::string dates;
      for (auto onset = observance.onsets.begin() + 1; onset != observance.onsets.end(); ++onset) {
        dates += (dates.empty() ? "" : ",") + format_time(*onset);
      }
      lines.add("RDATE", dates);
    }
    lines.add("END", name);
  }
  lines.add("END", "VTIMEZONE");
  return std::move(lines.text());
}

std::string generate(std::string_view tzid, const Zone& zone, sys_seconds first, sys_seconds last,
                     sys_seconds rule_start) {
  std::vector<Observance> observances;
  if (first < rule_start) {
    const Period at_first = zone.period_at(first);
    const sys_seconds floor = first < epoch ? beginning : epoch;
    sys_seconds listed_from = at_first.begin;
    if (at_first.begin < floor) {
      // What held at the floor holds at `first`: no need to go back to a change of 1891.
      observances.push_back(
          {false, at_first.offset, at_first.offset, at_first.abbreviation, {wall(floor, at_first.offset)}, {}});
      listed_from = at_first.begin + seconds(1);
      if (at_first.begin < beginning) listed_from = beginning + seconds(1);
    }
    for (const Change& change : listed_changes(zone, listed_from, std::min(last, rule_start - seconds(1)))) {
      add_change(observances, change);
    }
  }
  if (rule_start <= last) {
    const Rule& rule = *zone.rule();
    add_yearly(observances, rule.daylight_begins, rule_start, [&](auto year) { return rule.to_daylight(year); });
    add_yearly(observances, rule.standard_begins, rule_start, [&](auto year) { return rule.to_standard(year); });
  }
  return write(tzid, std::move(observances));
}

class Cache {
 public:
  template <class Make>
  std::string get(const std::string& key, Make make) {
    {
      const std::shared_lock lock(mutex_);
      if (const auto found = texts_.find(key); found != texts_.end()) return found->second;
    }
    std::string text = make();
    const std::unique_lock lock(mutex_);
    if (texts_.size() >= most) texts_.clear();
    return texts_.emplace(key, std::move(text)).first->second;
  }

 private:
  static constexpr std::size_t most = 256;  // at half a kilobyte each; a deployment uses a dozen
  std::shared_mutex mutex_;
  std::map<std::string, std::string, std::less<>> texts_;
};

sys_seconds rule_start_of(std::string_view tzid, const Zone& zone) {
  static std::shared_mutex mutex;
  static std::map<std::string, sys_seconds, std::less<>> starts;
  {
    const std::shared_lock lock(mutex);
    if (const auto found = starts.find(tzid); found != starts.end()) return found->second;
  }
  const sys_seconds start = find_rule_start(zone);
  const std::unique_lock lock(mutex);
  return starts.emplace(tzid, start).first->second;
}

std::string checked(std::string text) {
  const std::string calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-\r\n" + text + "END:VCALENDAR\r\n";
  return libical_complaint(calendar, 0) ? std::string() : text;
}

}  // namespace

std::string vtimezone(std::string_view tzid, sys_seconds first, std::optional<sys_seconds> last) {
  static Cache cache;
  const Zone* const zone = time_zone::find_zone(tzid);
  if (zone == nullptr) return {};
  const sys_seconds rule_start = rule_start_of(tzid, *zone);
  std::string key(tzid);
  // A year more than asked for: somebody may move the event in a client that believes the text.
  sys_seconds end = last ? *last + std::chrono::days(400) : sys_seconds::max();
  if (first >= rule_start) {
    end = sys_seconds::max();
  } else {
    const Period at_first = zone->period_at(first);
    first = std::max(at_first.begin, first < epoch ? beginning : epoch);
    if (last) end = end >= rule_start ? sys_seconds::max() : zone->period_at(end).begin;
    key +=
        ' ' + std::to_string(first.time_since_epoch().count()) + ' ' + std::to_string(end.time_since_epoch().count());
  }
  return cache.get(key, [&] { return checked(generate(tzid, *zone, first, end, rule_start)); });
}

}  // namespace calmux::icalendar
