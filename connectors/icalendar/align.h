#pragma once

#include "mappings/calendar_object.h"

namespace calmux::icalendar {

/// The object with its dates in the forms that RFC 5545 demands of each other: DTEND in DTSTART's form
/// (section 3.8.2.2); RECURRENCE-ID, EXDATE and RDATE in the form and zone of the master's DTSTART (3.8.4.4, 3.8.5.1),
/// since readers compare them as they stand; UNTIL a date or in UTC (3.3.10). No instant moves.
CalendarObject aligned(CalendarObject object);

}  // namespace calmux::icalendar
