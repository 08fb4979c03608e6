#pragma once

#include <string>
#include <vector>

#include "mappings/fold.h"

namespace calmux {

/// What the calendar shows of meetings that their organiser cancelled.
struct CancelledRules {
  bool show = false;  ///< with STATUS:CANCELLED; otherwise they are removed
  /// What Outlook puts before the title, such as "Canceled:"; matters for events that come without a flag alone.
  std::vector<std::string> prefixes{};
};

/// By the source's flag; where the source states none, by the title. Letter case of ASCII does not matter.
bool is_cancelled(const Event& event, const CancelledRules& rules);

/// Whether the calendar has no place for it: deleted, or cancelled and to be removed.
bool is_gone(const SourceEvent& event, const CancelledRules& rules);

}  // namespace calmux
