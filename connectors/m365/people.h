#pragma once

#include "connectors/m365/members.h"
#include "mappings/event.h"

namespace calmux::m365 {

/// `organizer`: an address, or Graph's {emailAddress}.
std::optional<Person> read_organizer(const Members& item);

/// Attendees in all forms: Graph objects, texts, ";"-separated addresses by role.
std::vector<Person> read_people(const Members& item);

}  // namespace calmux::m365
