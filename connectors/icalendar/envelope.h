#pragma once

#include <string>
#include <string_view>

#include "mappings/error.h"

namespace calmux::icalendar {

/// The UID of the first VEVENT, without parsing the rest: what the receiver needs to find the object again even where
/// the event cannot be placed. `malformed` says what is missing. Thread-safe.
Result<std::string> uid_of(std::string_view text);

}  // namespace calmux::icalendar
