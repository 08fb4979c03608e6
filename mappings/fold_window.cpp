#include "mappings/fold_window.h"

#include "mappings/event_span.h"

namespace calmux {

bool may_be_in_window(const Event& event, std::chrono::sys_seconds received, const FoldRules& rules) {
  if (event.start.instant > received + rules.future) return false;
  const auto end = latest_end(event);
  return !end || *end >= received - rules.past;
}

}  // namespace calmux
