#include "mappings/fields/event_properties.h"

namespace calmux::fields {

namespace {

struct Names {
  const char* transparency;
  const char* busy_status;
};

Names names_of(ShowAs show_as) {
  switch (show_as) {
  case ShowAs::free:
    return {"TRANSPARENT", "FREE"};
  case ShowAs::tentative:
    return {"OPAQUE", "TENTATIVE"};
  case ShowAs::busy:
    return {"OPAQUE", "BUSY"};
  case ShowAs::oof:
    return {"OPAQUE", "OOF"};
  case ShowAs::working_elsewhere:
    return {"TRANSPARENT", "WORKINGELSEWHERE"};
  case ShowAs::unknown:
    return {"OPAQUE", "BUSY"};
  }
  return {"OPAQUE", "BUSY"};
}

}  // namespace

/// TRANSP (RFC 5545 section 3.8.2.7), and the finer state that Outlook and its kin read (MS-OXCICAL
/// section 2.1.3.1.1.20.31). An unknown state blocks the time: a free slot that is none does more harm than the
/// reverse. A cancelled meeting takes no time.
void transparency(const EventView& view, Component& out) {
  const Names names = names_of(view.event.cancelled ? ShowAs::free : view.event.show_as);
  out.add("TRANSP", Token{names.transparency});
  out.add("X-MICROSOFT-CDO-BUSYSTATUS", Token{names.busy_status});
}

}  // namespace calmux::fields
