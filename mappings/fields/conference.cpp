#include "mappings/fields/event_properties.h"
#include "mappings/fields/uri.h"

namespace calmux::fields {

/// CONFERENCE (RFC 7986 section 5.11), and the property that phones learned from Outlook, for the meetings it was made
/// for.
void conference(const EventView& view, Component& out) {
  const std::string& link = view.event.join_link;
  if (!is_web_address(link)) return;
  out.add("CONFERENCE", Token{link}, {{"VALUE", "URI"}, {"FEATURE", "VIDEO"}, {"LABEL", "Join"}});
  const std::string_view host = host_of(link);
  if (host.ends_with("teams.microsoft.com") || host.ends_with("teams.live.com") || host.ends_with("lync.com")) {
    out.add("X-MICROSOFT-SKYPETEAMSMEETINGURL", Token{link});
  }
}

}  // namespace calmux::fields
