#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mappings/calendar_object.h"
#include "postgres/inbox.h"

namespace calmux::fuzz {

/// What a decoder says in place of an event reaches the sender and the trace: it is text.
void require_worded(const Error& error);

/// It ends no earlier than it begins, and storage gives it back as it was.
void require_storable(const Event& event);

/// Folds and resolves the events of one delivery as the service would. A second time nothing may be left to write.
std::vector<CalendarObject> objects_of(const std::vector<Event>& events, postgres::Media media);

/// Content lines as RFC 5545 has them, one VCALENDAR with the object's components and no other, and nothing that makes
/// a server send mail: no ATTENDEE, ORGANIZER or METHOD, and alarms that are shown.
void require_harmless(std::string_view text, const CalendarObject& object);

/// build() writes the object, and who reads that finds the same times and texts in it and writes the same again.
void require_faithful(const CalendarObject& object);

}  // namespace calmux::fuzz
