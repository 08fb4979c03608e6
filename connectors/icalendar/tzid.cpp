#include "connectors/icalendar/tzid.h"

#include "connectors/time_zone.h"

namespace calmux::icalendar {

std::optional<std::string> resolve_tzid(std::string_view tzid) {
  if (!tzid.starts_with('/')) return time_zone::resolve(tzid);
  if (tzid.size() > 200) return std::nullopt;
  // IANA names have two or three parts; the longer reading comes first: "America/Indiana/Knox".
  for (int i = 0; i < 4 && !tzid.empty(); ++i) {
    const auto slash = tzid.find('/', 1);
    if (slash == std::string_view::npos) return std::nullopt;
    tzid.remove_prefix(slash);
    const std::string_view name = tzid.substr(1);
    if (name.find('/') == std::string_view::npos) return std::nullopt;
    if (auto zone = time_zone::resolve(name)) return zone;
  }
  return std::nullopt;
}

}  // namespace calmux::icalendar
