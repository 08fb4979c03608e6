#pragma once

#include "connectors/icalendar/text_tree.h"
#include "mappings/event.h"

namespace calmux::icalendar {

/// Everything of a VEVENT that is not a date of its own: texts, states, people, reminder, versions.
void read_texts(const TextNode& event, Event& out);

}  // namespace calmux::icalendar
