#include "mappings/fields/event_properties.h"

namespace calmux::fields {

/// DTSTAMP, CREATED and LAST-MODIFIED (RFC 5545 section 3.8.7), in whole seconds of UTC.
void timestamps(const EventView& view, Component& out) {
  const auto utc = [](SourceTime time) { return DateValue::utc(std::chrono::floor<std::chrono::seconds>(time)); };
  const Event& event = view.event;
  out.add("DTSTAMP", event.last_modified ? utc(*event.last_modified) : DateValue::utc(view.stamp));
  if (event.created) out.add("CREATED", utc(*event.created));
  if (event.last_modified) out.add("LAST-MODIFIED", utc(*event.last_modified));
}

}  // namespace calmux::fields
