#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace calmux::icalendar {

/// What libical finds wrong in a VCALENDAR, in its own words; nothing where it reads every property of `events`
/// VEVENTs. Properties that it does not understand are dropped silently and only marked with X-LIC-ERROR, so these are
/// looked for. Thread-safe.
std::optional<std::string> libical_complaint(const std::string& text, std::size_t events);

}  // namespace calmux::icalendar
