#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace calmux::icalendar {

/// The VTIMEZONE of a zone (RFC 5545 section 3.6.5), right for every instant from `first` to `last`, or for ever
/// without `last`; a reader must not ask it for earlier times. Empty where the zone data has no such zone. Cached;
/// thread-safe.
std::string vtimezone(std::string_view tzid, std::chrono::sys_seconds first,
                      std::optional<std::chrono::sys_seconds> last);

}  // namespace calmux::icalendar
