#pragma once

#include <span>
#include <vector>

#include "mappings/event.h"

namespace calmux::icalendar {

/// Which of the recurrence ids the master's rule and dates give, one flag for each; EXDATEs do not count. The ids are
/// in the form of the master's start. A series that is known in UTC only is off by the daylight saving hour, so that
/// there an hour's difference is none. True where it cannot be told: a rule that libical does not read, or a date too
/// many occurrences away. Thread-safe.
std::vector<bool> recurs(const Event& master, std::span<const DateValue> recurrence_ids);

}  // namespace calmux::icalendar
