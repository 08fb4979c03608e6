#include "mappings/fields/event_properties.h"
#include "mappings/fields/uri.h"

namespace calmux::fields {

/// URL (RFC 5545 section 3.8.4.6): where the event can be seen at its source.
void url(const EventView& view, Component& out) {
  if (is_web_address(view.event.web_link)) out.add("URL", Token{view.event.web_link});
}

}  // namespace calmux::fields
