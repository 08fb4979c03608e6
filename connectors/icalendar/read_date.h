#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace calmux::icalendar {

enum class DateForm { date, local, utc };

/// A DATE or DATE-TIME value (RFC 5545 sections 3.3.4 and 3.3.5) without its zone.
struct ParsedDate {
  DateForm form = DateForm::date;
  std::chrono::local_seconds local;
};

/// 20260315, 20260315T093000, 20260315T093000Z; nothing for any other text. The 60th second reads as the 59th.
std::optional<ParsedDate> parse_date_time(std::string_view text);

/// A DURATION (RFC 5545 section 3.3.6): weeks and days are nominal, the rest is exact.
struct ParsedDuration {
  std::chrono::days days{0};
  std::chrono::seconds time{0};
};
std::optional<ParsedDuration> parse_duration(std::string_view text);

}  // namespace calmux::icalendar
