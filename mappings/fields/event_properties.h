#pragma once

#include <chrono>
#include <string_view>

#include "mappings/event.h"
#include "mappings/fields/property.h"

namespace calmux::fields {

/// What the mappers see: one event of a calendar object, and what the object adds to it.
struct EventView {
  const Event& event;
  std::string_view uid;            ///< the calendar object's, not the source's
  std::chrono::sys_seconds stamp;  ///< for DTSTAMP where the source told no time
  bool is_override = false;
};

// One mapper per property, in a file of its own. Each appends what the event says, or nothing. Pure.
void uid(const EventView& view, Component& out);
void timestamps(const EventView& view, Component& out);
void start_end(const EventView& view, Component& out);
void recurrence_id(const EventView& view, Component& out);
void recurrence(const EventView& view, Component& out);
void summary(const EventView& view, Component& out);
void description(const EventView& view, Component& out);
void alt_description(const EventView& view, Component& out);
void location(const EventView& view, Component& out);
void categories(const EventView& view, Component& out);
void class_(const EventView& view, Component& out);
void priority(const EventView& view, Component& out);
void transparency(const EventView& view, Component& out);
void status(const EventView& view, Component& out);
void url(const EventView& view, Component& out);
void conference(const EventView& view, Component& out);
void origin(const EventView& view, Component& out);
void reminder(const EventView& view, Component& out);

using Mapper = void (*)(const EventView& view, Component& out);

/// The order in which properties are written.
inline constexpr Mapper mappers[] = {
    uid,        timestamps, start_end, recurrence_id, recurrence, summary, description, alt_description, location,
    categories, class_,     priority,  transparency,  status,     url,     conference,  origin,          reminder,
};

inline Component event_component(const EventView& view) {
  Component out{"VEVENT", {}, {}};
  for (const Mapper map : mappers) map(view, out);
  return out;
}

}  // namespace calmux::fields
