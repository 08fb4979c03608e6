#include "mappings/fields/event_properties.h"

namespace calmux::fields {

/// Minted by Calmux. A source's own UID never goes out: a server may hold that event already, and refuse a second one.
void uid(const EventView& view, Component& out) {
  out.add("UID", Text{std::string(view.uid)});
}

}  // namespace calmux::fields
