#include "connectors/m365/recurrence.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "connectors/m365/iso_time.h"
#include "connectors/time_zone.h"

namespace calmux::m365 {
namespace {

using std::chrono::days;
using std::chrono::floor;

constexpr std::array<std::string_view, 7> day_names = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 7> day_codes = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
constexpr std::array<std::string_view, 4> index_names = {"first", "second", "third", "fourth"};

std::optional<std::size_t> weekday_number(std::string_view name) {
  const auto found = std::find(day_names.begin(), day_names.end(), lower_case(trimmed(name)));
  if (found == day_names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - day_names.begin());
}

/// In the order of the week, each once; the start's own where none is given.
std::vector<std::size_t> days_of_week(const Members& pattern, const DateValue& start) {
  std::array<bool, 7> chosen{};
  for (const auto* day : pattern.list("daysofweek")) {
    const auto number = day->is_string() ? weekday_number(day->get_ref<const std::string&>()) : std::nullopt;
    if (!number) {
      pattern.reading().malformed(pattern.path_of("daysofweek"), described(*day), "names of weekdays");
      return {};
    }
    chosen[*number] = true;
  }
  if (std::none_of(chosen.begin(), chosen.end(), [](bool day) { return day; })) {
    chosen[std::chrono::weekday{floor<days>(start.local)}.c_encoding()] = true;
  }
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (chosen[i]) numbers.push_back(i);
  }
  return numbers;
}

std::string joined(const std::vector<std::size_t>& weekdays) {
  std::string text;
  for (const auto day : weekdays) text += (text.empty() ? "" : ",") + std::string(day_codes[day]);
  return text;
}

int bounded(const Members& members, std::string_view name, int low, int high, int otherwise) {
  const auto value = members.integer(name);
  if (!value || *value == 0) return otherwise;
  if (*value < low || *value > high) {
    members.wrong(name, "a number from " + std::to_string(low) + " to " + std::to_string(high));
    return otherwise;
  }
  return static_cast<int>(*value);
}

std::chrono::year_month_day first_day(const DateValue& start) {
  return std::chrono::year_month_day{floor<days>(start.local)};
}

/// RFC 5545 skips months that lack the day, Outlook takes their last one: of the days up to the wanted one, the last
/// there is.
std::string month_day(int day, int shortest_month) {
  if (day <= shortest_month) return ";BYMONTHDAY=" + std::to_string(day);
  std::string list = "28";
  for (int d = 29; d <= day; ++d) list += "," + std::to_string(d);
  return ";BYMONTHDAY=" + list + ";BYSETPOS=-1";
}

/// Several weekdays mean the first, second … day that is any of them, not the first of each.
std::string nth_weekday(const Members& pattern, const DateValue& start) {
  const auto weekdays = days_of_week(pattern, start);
  const std::string index = lower_case(pattern.text("index"));
  int n = -1;
  if (index != "last") {
    const auto found = std::find(index_names.begin(), index_names.end(), index.empty() ? "first" : index);
    if (found == index_names.end()) {
      pattern.wrong("index", "first, second, third, fourth or last");
      return {};
    }
    n = static_cast<int>(found - index_names.begin()) + 1;
  }
  if (weekdays.size() == 1) return ";BYDAY=" + std::to_string(n) + joined(weekdays);
  return ";BYDAY=" + joined(weekdays) + ";BYSETPOS=" + std::to_string(n);
}

std::string week_start(const Members& pattern) {
  const std::string name = pattern.text("firstdayofweek");
  const auto number = name.empty() ? std::optional<std::size_t>{0} : weekday_number(name);
  if (!number) {
    pattern.wrong("firstdayofweek", "the name of a weekday");
    return {};
  }
  return ";WKST=" + std::string(day_codes[*number]);
}

std::string pattern_rule(const Members& pattern, const DateValue& start) {
  const std::string type = lower_case(pattern.text("type"));
  const auto start_day = first_day(start);
  const int interval = bounded(pattern, "interval", 1, 9999, 1);
  const std::string every = interval == 1 ? "" : ";INTERVAL=" + std::to_string(interval);
  const auto day = [&] {
    return bounded(pattern, "dayofmonth", 1, 31, static_cast<int>(static_cast<unsigned>(start_day.day())));
  };
  const auto month = [&] {
    return bounded(pattern, "month", 1, 12, static_cast<int>(static_cast<unsigned>(start_day.month())));
  };

  if (type == "daily") return "FREQ=DAILY" + every;
  if (type == "weekly")
    return "FREQ=WEEKLY" + every + ";BYDAY=" + joined(days_of_week(pattern, start)) + week_start(pattern);
  if (type == "absolutemonthly") return "FREQ=MONTHLY" + every + month_day(day(), 28);
  if (type == "relativemonthly") return "FREQ=MONTHLY" + every + nth_weekday(pattern, start);
  if (type == "absoluteyearly") {
    const int m = month();
    const std::chrono::year_month_day_last end{
        std::chrono::year{2023}, std::chrono::month_day_last{std::chrono::month{static_cast<unsigned>(m)}}};
    const int shortest = static_cast<int>(static_cast<unsigned>(end.day()));
    return "FREQ=YEARLY" + every + ";BYMONTH=" + std::to_string(m) + month_day(day(), shortest);
  }
  if (type == "relativeyearly")
    return "FREQ=YEARLY" + every + ";BYMONTH=" + std::to_string(month()) + nth_weekday(pattern, start);
  pattern.wrong("type", "daily, weekly, absoluteMonthly, relativeMonthly, absoluteYearly or relativeYearly");
  return {};
}

std::string compact(std::chrono::sys_seconds at, bool with_clock) {
  const std::chrono::year_month_day day{floor<days>(at)};
  const auto second = static_cast<int>((at - floor<days>(at)).count());
  std::array<char, 40> out{};
  std::snprintf(out.data(), out.size(), "%04d%02u%02u", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  std::string text = out.data();
  if (with_clock) {
    std::snprintf(out.data(), out.size(), "T%02d%02d%02dZ", second / 3600, second / 60 % 60, second % 60);
    text += out.data();
  }
  return text;
}

/// The end of the last day in the series' own zone; a DATE for an all-day series, as RFC 5545 demands.
std::string until(const Members& range, const DateValue& start, const std::optional<std::string>& organiser_zone) {
  const auto* value = range.find("enddate");
  const auto end = value && value->is_string() ? parse_iso_time(value->get_ref<const std::string&>()) : std::nullopt;
  if (value && !end) {
    range.wrong("enddate", "a date");
    return {};
  }
  if (!end || end->is_sentinel()) {
    range.reading().warn("The series has an end date that is not given: it was taken for an open one.");
    return {};
  }
  const auto last_day = floor<days>(end->seconds());
  if (start.is_date()) return ";UNTIL=" + compact(std::chrono::sys_seconds{last_day.time_since_epoch()}, false);

  auto zone = time_zone::resolve(range.text("recurrencetimezone"));
  if (!zone) zone = organiser_zone;
  if (!zone && start.kind == DateValue::Kind::zoned) zone = start.tzid;
  const auto last = last_day + std::chrono::hours{24} - std::chrono::seconds{1};
  return ";UNTIL=" + compact(time_zone::to_instant(last, zone.value_or("UTC")), true);
}

std::string range_rule(const Members& range, const DateValue& start, const std::optional<std::string>& organiser_zone) {
  const std::string type = lower_case(range.text("type"));
  if (type == "noend") return {};
  if (type == "enddate") return until(range, start, organiser_zone);
  if (type == "numbered") {
    if (const int count = bounded(range, "numberofoccurrences", 1, 99'999, 0); count > 0)
      return ";COUNT=" + std::to_string(count);
    range.reading().warn("The series is numbered, but the number is not given: it was taken for an open one.");
    return {};
  }
  range.wrong("type", "endDate, noEnd or numbered");
  return {};
}

}  // namespace

std::string read_rrule(const Members& recurrence, const DateValue& start,
                       const std::optional<std::string>& organiser_zone) {
  Reading& reading = recurrence.reading();
  const auto pattern = recurrence.object("pattern");
  if (!pattern) {
    reading.warn("The payload says that the event repeats, but not how.");
    return {};
  }
  std::string rule = pattern_rule(*pattern, start);
  if (const auto range = recurrence.object("range")) rule += range_rule(*range, start, organiser_zone);
  return reading.error ? std::string{} : rule;
}

}  // namespace calmux::m365
