#pragma once

#include "mappings/fold.h"

namespace calmux {

/// Whether the event, or any occurrence of a series, may lie in the trigger's window around `received`. A deletion of
/// an event that certainly does not is no proof: the window slid past it, or has not reached it.
bool may_be_in_window(const Event& event, std::chrono::sys_seconds received, const FoldRules& rules);

}  // namespace calmux
