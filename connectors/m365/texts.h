#pragma once

#include "connectors/m365/members.h"
#include "mappings/event.h"

namespace calmux::m365 {

/// Title, location, body, categories and links of an item into the event.
void read_texts(const Members& item, Event& event);

}  // namespace calmux::m365
