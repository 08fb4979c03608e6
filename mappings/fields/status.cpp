#include "mappings/fields/event_properties.h"

namespace calmux::fields {

/// STATUS (RFC 5545 section 3.8.1.11).
void status(const EventView& view, Component& out) {
  const Event& event = view.event;
  const bool tentative = event.show_as == ShowAs::tentative || event.response == ResponseType::tentatively_accepted;
  out.add("STATUS", Token{event.cancelled ? "CANCELLED" : tentative ? "TENTATIVE" : "CONFIRMED"});
}

}  // namespace calmux::fields
