#pragma once

#include <string>
#include <string_view>

#include "mappings/error.h"

namespace calmux::icalendar {

/// The UID of the first VEVENT: what the receiver needs to find the object again even where the event cannot be placed.
/// `malformed` says what is missing; `too_large` as read(). Thread-safe.
Result<std::string> uid_of(std::string_view text);

}  // namespace calmux::icalendar
