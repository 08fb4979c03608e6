#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "mappings/date_value.h"

namespace calmux::time_zone {

/// The IANA zone that a sender's name means: IANA names, Windows names (CLDR), display names, in any letter case and
/// with the oddities senders produce. "UTC" for the many names of UTC. Nothing where the name is unknown or names a
/// custom zone: the caller then uses the instant and says so, it never guesses. Thread-safe.
std::optional<std::string> resolve(std::string_view name);

/// Wall time to instant. A time that a DST change skips is read with the offset before the gap, one that happens twice
/// is the first (RFC 5545 section 3.3.5). `tzid` must come from resolve(). Thread-safe.
std::chrono::sys_seconds to_instant(std::chrono::local_seconds local, std::string_view tzid);

std::chrono::local_seconds to_local(std::chrono::sys_seconds instant, std::string_view tzid);

}  // namespace calmux::time_zone
