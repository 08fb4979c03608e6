#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace calmux::time_zone {

/// Day and wall time at which a yearly change happens, as the TZ string of POSIX (and RFC 8536 section 3.3) writes it.
struct RuleDay {
  enum class Form { month_week_day, julian_without_leap_day, zero_based };

  Form form = Form::month_week_day;
  unsigned month = 1;            ///< month_week_day only
  unsigned week = 1;             ///< 1 to 4, or 5 for the last one of the month
  unsigned weekday = 0;          ///< 0 is Sunday
  int day = 0;                   ///< the other forms: 1 to 365, or 0 to 365
  std::chrono::seconds time{0};  ///< from midnight; may be negative, and may exceed a day
  bool operator==(const RuleDay&) const = default;

  std::chrono::local_seconds in(std::chrono::year year) const;
};

/// One change of a zone's offset.
struct Change {
  std::chrono::sys_seconds at;
  std::chrono::seconds from;
  std::chrono::seconds to;
  bool daylight = false;  ///< what follows is called daylight saving time by the zone data
  std::string abbreviation;
};

/// A stretch of time with one offset: [begin, end).
struct Period {
  std::chrono::sys_seconds begin;
  std::chrono::sys_seconds end;
  std::chrono::seconds offset;
  bool daylight = false;
  std::string abbreviation;
};

/// What a zone does for ever after its last listed transition: the footer of its TZif file.
struct Rule {
  std::string standard_name;
  std::chrono::seconds standard_offset{0};  ///< east of Greenwich
  std::string daylight_name;                ///< empty where the offset never changes
  std::chrono::seconds daylight_offset{0};
  RuleDay daylight_begins;
  RuleDay standard_begins;

  bool changes() const { return !daylight_name.empty(); }
  Change to_daylight(std::chrono::year year) const;
  Change to_standard(std::chrono::year year) const;
  Period period_at(std::chrono::sys_seconds instant) const;
};

std::optional<Rule> parse_rule(std::string_view text);

}  // namespace calmux::time_zone
