#pragma once

#include <string>
#include <string_view>

namespace calmux::fields {

/// Marks an event as written by Calmux, so that a source handing it back is recognised even where it changed the UID.
inline constexpr std::string_view origin_property = "X-CALMUX-ORIGIN";

/// The mark's value: a hash of the calendar object's UID, which is itself a hash. It tells an outsider nothing.
std::string origin_stamp(std::string_view uid);

}  // namespace calmux::fields
