#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace calmux::icalendar {

/// The zone that a TZID names. RFC 5545 section 3.2.19 gives a leading slash to names of a registry: libical, Mozilla
/// and others write
/// "/freeassociation.sourceforge.net/Europe/Berlin", whose end is an IANA name.
std::optional<std::string> resolve_tzid(std::string_view tzid);

}  // namespace calmux::icalendar
