#pragma once

#include "connectors/m365/members.h"
#include "mappings/event.h"

namespace calmux::m365 {

// Enumerations in all their forms: Graph's and the connector's words in any letter case, the older connector's
// integers. A word or number that is not known leaves the default and a warning: an event is not lost over it.

ShowAs read_show_as(const Members& item);
Sensitivity read_sensitivity(const Members& item);
Importance read_importance(const Members& item);
ResponseType read_response(const Members& item);

/// From `type`; else an occurrence where a series is named, a master where there is a recurrence rule, single
/// otherwise.
EventType read_type(const Members& item);

}  // namespace calmux::m365
