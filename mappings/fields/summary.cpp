#include "mappings/fields/event_properties.h"
#include "mappings/fields/text_limit.h"

namespace calmux::fields {

void summary(const EventView& view, Component& out) {
  std::string title = clean_line(view.event.title, 1024);
  if (!title.empty()) out.add("SUMMARY", Text{std::move(title)});
}

}  // namespace calmux::fields
