#include "mappings/fields/event_properties.h"

namespace calmux::fields {

/// Only an override beside its master has one. An occurrence that stands alone is written as an event of its own:
/// Radicale answers 400 to a resource without a master, and DAVx5 does not show it.
void recurrence_id(const EventView& view, Component& out) {
  if (view.is_override && view.event.recurrence_id) out.add("RECURRENCE-ID", *view.event.recurrence_id);
}

}  // namespace calmux::fields
