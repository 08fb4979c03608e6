#include "connectors/icalendar/vtimezone_rule.h"

namespace calmux::icalendar {

namespace {

constexpr const char* weekday_names[] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};

/// 0 for February, whose length a rule without a year does not know.
int month_length(unsigned month) {
  if (month == 2) return 0;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

YearlyDay on_weekday_among(unsigned month, int first, int last, const char* weekday) {
  std::string rrule = "FREQ=YEARLY;BYMONTH=" + std::to_string(month) + ";BYMONTHDAY=";
  for (int day = first; day <= last; ++day) rrule += (day == first ? "" : ",") + std::to_string(day);
  return {month, rrule + ";BYDAY=" + weekday};
}

}  // namespace

std::vector<YearlyDay> yearly_days(const time_zone::RuleDay& day) {
  if (day.form != time_zone::RuleDay::Form::month_week_day) return {};
  const auto shift = static_cast<int>(std::chrono::floor<std::chrono::days>(day.time).count());
  const char* const weekday = weekday_names[((static_cast<int>(day.weekday) + shift) % 7 + 7) % 7];
  if (shift == 0) {
    const std::string week = day.week == 5 ? "-1" : std::to_string(day.week);
    return {{day.month, "FREQ=YEARLY;BYMONTH=" + std::to_string(day.month) + ";BYDAY=" + week + weekday}};
  }

  const int length = month_length(day.month);
  if (length == 0) return {};
  const int first = (day.week == 5 ? length - 6 : 7 * (static_cast<int>(day.week) - 1) + 1) + shift;
  const int last = first + 6;
  if (first >= 1 && last <= length) return {on_weekday_among(day.month, first, last, weekday)};
  if (first < 1 || last - length > 6 || day.month == 12) return {};
  std::vector<YearlyDay> days;
  if (first <= length) days.push_back(on_weekday_among(day.month, first, length, weekday));
  days.push_back(on_weekday_among(day.month + 1, 1, last - length, weekday));
  return days;
}

}  // namespace calmux::icalendar
