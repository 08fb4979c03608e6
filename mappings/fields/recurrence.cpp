#include <algorithm>

#include "mappings/fields/event_properties.h"

namespace calmux::fields {

namespace {

/// One date a line: every client reads that, and no line grows with the series.
void add_dates(const char* name, std::vector<DateValue> dates, Component& out) {
  std::ranges::sort(dates, {}, &DateValue::instant);
  dates.erase(std::unique(dates.begin(), dates.end()), dates.end());
  for (DateValue& date : dates) out.add(name, std::move(date));
}

}  // namespace

/// RRULE, EXDATE and RDATE. A main event alone repeats: an override stands for one occurrence (RFC 5545
/// section 3.8.4.4).
void recurrence(const EventView& view, Component& out) {
  if (view.is_override || !view.event.recurrence) return;
  const Recurrence& recurrence = *view.event.recurrence;
  if (!recurrence.rrule.empty()) out.add("RRULE", Token{recurrence.rrule});
  add_dates("EXDATE", recurrence.exdates, out);
  add_dates("RDATE", recurrence.rdates, out);
}

}  // namespace calmux::fields
