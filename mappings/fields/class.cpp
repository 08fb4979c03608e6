#include "mappings/fields/event_properties.h"

namespace calmux::fields {

namespace {

const char* name_of(Sensitivity sensitivity) {
  switch (sensitivity) {
  case Sensitivity::normal:
    return "PUBLIC";
  case Sensitivity::personal:
    return "PRIVATE";
  case Sensitivity::private_:
    return "PRIVATE";
  case Sensitivity::confidential:
    return "CONFIDENTIAL";
  }
  return "PRIVATE";
}

}  // namespace

/// CLASS (RFC 5545 section 3.8.1.3) tells readers how to treat the text; what may be in the text was decided when it
/// was received.
void class_(const EventView& view, Component& out) {
  out.add("CLASS", Token{name_of(view.event.sensitivity)});
}

}  // namespace calmux::fields
