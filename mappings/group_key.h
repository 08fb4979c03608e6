#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "mappings/event.h"

namespace calmux {

/// A group is what has to be resolved together: events of one source that share a UID or belong to one series. It is
/// named by the UID where one is known, since ids come and go with the same meeting, else by the id of the series or
/// the event.

/// The groups in which others may have put what belongs to this event, by what it says of itself; one at least.
std::vector<std::string> group_keys_named_by(const Event& event);

/// The group of each event, by source_event_id. Pure; the events are all that is known of some groups.
std::map<std::string, std::string> group_keys_of(std::span<const Event* const> events);

}  // namespace calmux
