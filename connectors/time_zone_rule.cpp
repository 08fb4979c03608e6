#include "connectors/time_zone_rule.h"

#include <algorithm>
#include <array>

namespace calmux::time_zone {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<int> number() {
    int value = 0;
    std::size_t digits = 0;
    while (digits < rest_.size() && digits < 4 && rest_[digits] >= '0' && rest_[digits] <= '9') {
      value = value * 10 + (rest_[digits++] - '0');
    }
    rest_.remove_prefix(digits);
    return digits == 0 ? std::nullopt : std::optional(value);
  }
  std::optional<std::string> name() {
    const bool quoted = take('<');
    const auto is_part = [quoted](char c) {
      return quoted ? c != '>' : (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    };
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_part);
    std::string found(rest_.begin(), end);
    rest_.remove_prefix(found.size());
    if (found.size() < 3 || (quoted && !take('>'))) return std::nullopt;
    return found;
  }
  /// [+-]h[:mm[:ss]]; RFC 8536 lets the hours run from -167 to 167.
  std::optional<seconds> duration() {
    const bool negative = take('-');
    if (!negative) take('+');
    const auto hour = number();
    if (!hour) return std::nullopt;
    seconds total = hours(*hour);
    if (take(':')) {
      const auto minute = number();
      if (!minute) return std::nullopt;
      total += minutes(*minute);
      if (take(':')) {
        const auto second = number();
        if (!second) return std::nullopt;
        total += seconds(*second);
      }
    }
    return negative ? -total : total;
  }

 private:
  std::string_view rest_;
};

std::optional<RuleDay> parse_day(Cursor& cursor) {
  RuleDay day;
  day.time = hours(2);
  if (cursor.take('M')) {
    const auto month = cursor.number();
    if (!month || !cursor.take('.')) return std::nullopt;
    const auto week = cursor.number();
    if (!week || !cursor.take('.')) return std::nullopt;
    const auto weekday = cursor.number();
    if (!weekday || *month < 1 || *month > 12 || *week < 1 || *week > 5 || *weekday > 6) return std::nullopt;
    day.month = static_cast<unsigned>(*month);
    day.week = static_cast<unsigned>(*week);
    day.weekday = static_cast<unsigned>(*weekday);
  } else {
    day.form = cursor.take('J') ? RuleDay::Form::julian_without_leap_day : RuleDay::Form::zero_based;
    const auto number = cursor.number();
    if (!number || *number > 365) return std::nullopt;
    day.day = *number;
  }
  if (cursor.take('/')) {
    const auto time = cursor.duration();
    if (!time) return std::nullopt;
    day.time = *time;
  }
  return day;
}

}  // namespace

local_seconds RuleDay::in(std::chrono::year year) const {
  const local_days new_year{year / std::chrono::January / 1};
  switch (form) {
  case Form::month_week_day: {
    const std::chrono::month in_month{month};
    const std::chrono::weekday on{weekday};
    if (week == 5) return local_days{year / in_month / on[std::chrono::last]} + time;
    return local_days{year / in_month / on[week]} + time;
  }
  case Form::julian_without_leap_day: {
    const int leap = year.is_leap() && day >= 60 ? 1 : 0;
    return new_year + days(day - 1 + leap) + time;
  }
  case Form::zero_based:
    return new_year + days(day) + time;
  }
  return new_year + time;
}

Change Rule::to_daylight(std::chrono::year year) const {
  const local_seconds wall = daylight_begins.in(year);
  return {sys_seconds{wall.time_since_epoch() - standard_offset}, standard_offset, daylight_offset, true,
          daylight_name};
}

Change Rule::to_standard(std::chrono::year year) const {
  const local_seconds wall = standard_begins.in(year);
  return {sys_seconds{wall.time_since_epoch() - daylight_offset}, daylight_offset, standard_offset, false,
          standard_name};
}

Period Rule::period_at(sys_seconds instant) const {
  if (!changes()) return {sys_seconds::min(), sys_seconds::max(), standard_offset, false, standard_name};
  const std::chrono::year_month_day day{std::chrono::floor<days>(instant)};
  std::array<Change, 6> around;
  for (int i = 0; i < 3; ++i) {
    const std::chrono::year year = day.year() + std::chrono::years(i - 1);
    around[static_cast<std::size_t>(2 * i)] = to_daylight(year);
    around[static_cast<std::size_t>(2 * i + 1)] = to_standard(year);
  }
  std::ranges::sort(around, {}, &Change::at);
  const auto next = std::ranges::upper_bound(around, instant, {}, &Change::at);
  if (next == around.begin() || next == around.end()) {
    return {instant, instant + days(1), standard_offset, false, standard_name};
  }
  const Change& last = *std::prev(next);
  return {last.at, next->at, last.to, last.daylight, last.abbreviation};
}

std::optional<Rule> parse_rule(std::string_view text) {
  Cursor cursor(text);
  Rule rule;
  const auto standard_name = cursor.name();
  const auto standard_west = cursor.duration();
  if (!standard_name || !standard_west) return std::nullopt;
  rule.standard_name = *standard_name;
  rule.standard_offset = -*standard_west;
  if (cursor.at_end()) return rule;

  const auto daylight_name = cursor.name();
  if (!daylight_name) return std::nullopt;
  rule.daylight_name = *daylight_name;
  rule.daylight_offset = rule.standard_offset + hours(1);
  if (!cursor.take(',')) {
    const auto daylight_west = cursor.duration();
    if (!daylight_west || !cursor.take(',')) return std::nullopt;
    rule.daylight_offset = -*daylight_west;
  }
  const auto daylight_begins = parse_day(cursor);
  if (!daylight_begins || !cursor.take(',')) return std::nullopt;
  const auto standard_begins = parse_day(cursor);
  if (!standard_begins || !cursor.at_end()) return std::nullopt;
  rule.daylight_begins = *daylight_begins;
  rule.standard_begins = *standard_begins;
  return rule;
}

}  // namespace calmux::time_zone
