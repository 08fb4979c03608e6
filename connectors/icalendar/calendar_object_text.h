#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "mappings/calendar_object.h"
#include "mappings/event.h"

namespace calmux::icalendar {

/// The resource as RFC 5545 text: VCALENDAR with VERSION, PRODID, the VTIMEZONEs it names, one VEVENT for the main
/// event and one for each override. Never METHOD, ORGANIZER or ATTENDEE. Parsed back before it is returned: `internal`
/// where libical marks an error in it. `stamp` becomes DTSTAMP where the event carries no last_modified. Thread-safe.
Result<std::string> build(const CalendarObject& object, std::chrono::sys_seconds stamp);

/// A text that is equal for two resources that say the same: order of properties and components, folding, DTSTAMP,
/// PRODID, SEQUENCE, LAST-MODIFIED, CREATED and VTIMEZONEs, which servers rewrite or add, do not count. `malformed`
/// where it does not parse.
Result<std::string> normalised(std::string_view body);

/// Reads a calendar object posted by a source: the master or single event first, then its overrides with recurrence
/// ids. `source_event_id` is the UID for the first and UID + "/" + RECURRENCE-ID for the others, whose series_id is the
/// UID. `malformed` where the text does not parse or libical marks an error, `unplaceable` where an event has no
/// certain time.
/// `too_large` beyond 1 MiB or 2,000 components.
Result<std::vector<Event>> read(std::string_view text);

/// Whether the text carries the mark that build() writes: a source is handing back what Calmux wrote
/// (mappings/fields/origin.h).
bool is_ours(std::string_view text);

}  // namespace calmux::icalendar
