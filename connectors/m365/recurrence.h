#pragma once

#include <optional>
#include <string>

#include "connectors/m365/members.h"
#include "mappings/event.h"

namespace calmux::m365 {

/// The RRULE value (RFC 5545 section 3.3.10) of a Graph `{pattern, range}`. Values that a pattern's type does not use
/// are ignored, since Graph fills them with zeros. Day 29 to 31 means the month's last day where it is shorter, as
/// Outlook does. Empty, with an error in the reading, where the rule cannot be understood.
std::string read_rrule(const Members& recurrence, const DateValue& start,
                       const std::optional<std::string>& organiser_zone);

}  // namespace calmux::m365
