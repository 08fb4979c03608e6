#include "mappings/fields/event_properties.h"

namespace calmux::fields {

/// PRIORITY (RFC 5545 section 3.8.1.9) and the Outlook property of the same meaning. Nothing for normal: several
/// clients mark an event that has any PRIORITY, 5 included, and absence means the same.
void priority(const EventView& view, Component& out) {
  switch (view.event.importance) {
  case Importance::high:
    out.add("PRIORITY", Token{"1"});
    out.add("X-MICROSOFT-CDO-IMPORTANCE", Token{"2"});
    return;
  case Importance::normal:
    return;
  case Importance::low:
    out.add("PRIORITY", Token{"9"});
    out.add("X-MICROSOFT-CDO-IMPORTANCE", Token{"0"});
    return;
  }
}

}  // namespace calmux::fields
