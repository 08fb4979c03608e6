#include "mappings/fields/event_properties.h"

namespace calmux::fields {

/// DTSTART and DTEND, always both: iCloud refuses an event without DTEND. Where nothing lies between, DTEND is DTSTART
/// for a timed event; a date must have a later end (RFC 5545 section 3.6.1), so a day without length becomes one day.
void start_end(const EventView& view, Component& out) {
  const DateValue& start = view.event.start;
  DateValue end = view.event.end;
  if (end.kind != start.kind && (end.is_date() || start.is_date())) end = start;
  if (end.instant < start.instant) end = start;
  if (start.is_date() && end.instant == start.instant) {
    end = DateValue::date(std::chrono::floor<std::chrono::days>(start.instant) + std::chrono::days(1));
  }
  out.add("DTSTART", start);
  out.add("DTEND", end);
}

}  // namespace calmux::fields
