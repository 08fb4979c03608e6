#pragma once

#include <chrono>
#include <optional>

#include "mappings/event.h"

namespace calmux {

/// After this nothing of the event or the series happens any more, rather too late than too early; nothing where it may
/// go on for ever. Reads UNTIL, COUNT and INTERVAL of the rule without expanding it.
std::optional<std::chrono::sys_seconds> latest_end(const Event& event);

}  // namespace calmux
