#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "mappings/event.h"

namespace calmux::m365 {

/// A time as ISO 8601 writes it: the wall clock, and the offset where one is written.
struct IsoTime {
  std::chrono::local_time<std::chrono::microseconds> local;
  std::optional<std::chrono::seconds> offset;
  bool date_only = false;

  std::chrono::local_seconds seconds() const { return std::chrono::floor<std::chrono::seconds>(local); }
  /// The instant, where the offset is written or the clock is taken for UTC.
  SourceTime instant() const { return SourceTime{local.time_since_epoch() - offset.value_or(std::chrono::seconds{0})}; }
  /// 0001-01-01 and 9999-12-31, which Exchange writes where it means "none".
  bool is_sentinel() const;
};

/// `2024-10-18`, `2024-10-18T13:00`, `2024-10-18T13:00:00.0000000+02:00`: up to nine digits of fraction, Z or an offset
/// or neither. Nothing where the text is no time.
std::optional<IsoTime> parse_iso_time(std::string_view text);

}  // namespace calmux::m365
