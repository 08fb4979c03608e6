#pragma once

#include <libical/ical.h>

#include <memory>

namespace calmux::icalendar {

struct FreeComponent {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};
using ComponentPtr = std::unique_ptr<icalcomponent, FreeComponent>;

struct FreeZone {
  void operator()(icaltimezone* zone) const { icaltimezone_free(zone, 1); }
};
using ZonePtr = std::unique_ptr<icaltimezone, FreeZone>;

/// libical fills tables of its own at first use and does not guard them: every use comes after this.
void warm_up_libical();

}  // namespace calmux::icalendar
