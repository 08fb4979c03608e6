#pragma once

#include <chrono>
#include <compare>
#include <string>

namespace calmux {

/// A DTSTART, DTEND or RECURRENCE-ID value (RFC 5545 section 3.3.4 and 3.3.5): a date, an instant in UTC, or wall time
/// in a named zone. A floating time cannot be expressed, so it can never be written.
struct DateValue {
  enum class Kind { date, utc, zoned };

  Kind kind = Kind::utc;
  std::chrono::local_seconds local;  ///< wall time in `tzid`; midnight for a date; equal to `instant` for utc
  std::chrono::sys_seconds instant;  ///< the same moment in UTC; for a date its midnight read as UTC
  std::string tzid;                  ///< IANA name, for zoned only

  static DateValue date(std::chrono::year_month_day day) {
    const std::chrono::sys_days days{day};
    return {Kind::date, std::chrono::local_seconds{days.time_since_epoch()}, std::chrono::sys_seconds{days}, {}};
  }
  static DateValue utc(std::chrono::sys_seconds at) {
    return {Kind::utc, std::chrono::local_seconds{at.time_since_epoch()}, at, {}};
  }
  /// `instant` must be what `local` means in `tzid`; `connectors/time_zone` computes it.
  static DateValue zoned(std::chrono::local_seconds local, std::string tzid, std::chrono::sys_seconds instant) {
    return {Kind::zoned, local, instant, std::move(tzid)};
  }

  bool is_date() const { return kind == Kind::date; }
  bool operator==(const DateValue&) const = default;
};

}  // namespace calmux
