#pragma once

#include <chrono>

#include "connectors/icalendar/libical.h"

namespace calmux::icalendar {

/// A wall time without zone, in whole seconds.
icaltimetype as_icaltime(std::chrono::local_seconds local);
std::chrono::local_seconds as_local(const icaltimetype& time);

}  // namespace calmux::icalendar
