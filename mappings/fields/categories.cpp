#include <algorithm>

#include "mappings/fields/event_properties.h"
#include "mappings/fields/text_limit.h"

namespace calmux::fields {

void categories(const EventView& view, Component& out) {
  constexpr std::size_t most = 50;
  TextList list;
  for (const std::string& category : view.event.categories) {
    std::string name = clean_line(category, 100);
    if (name.empty() || std::ranges::find(list.values, name) != list.values.end()) continue;
    if (list.values.size() == most) break;
    list.values.push_back(std::move(name));
  }
  if (!list.values.empty()) out.add("CATEGORIES", std::move(list));
}

}  // namespace calmux::fields
