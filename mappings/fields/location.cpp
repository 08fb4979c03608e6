#include "mappings/fields/event_properties.h"
#include "mappings/fields/text_limit.h"

namespace calmux::fields {

void location(const EventView& view, Component& out) {
  std::string place = clean_line(view.event.location, 1024);
  if (!place.empty()) out.add("LOCATION", Text{std::move(place)});
}

}  // namespace calmux::fields
