#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mappings/calendar_object.h"
#include "mappings/cancelled.h"
#include "mappings/fold.h"

namespace calmux {

/// What `local` means in `tzid`, as an instant.
using ToInstant = std::function<std::chrono::sys_seconds(std::chrono::local_seconds local, std::string_view tzid)>;

/// What deciding about a group is told from outside.
struct WantRules {
  ToInstant to_instant{};  ///< as in ResolveRules
  CancelledRules cancelled{};
};

/// A series as one calendar object, without UID.
struct Series {
  CalendarObject object;
  std::vector<std::string> source_event_ids;  ///< of the master and of all that the object speaks for
  std::vector<const SourceEvent*> apart;      ///< live, but with an original start that nobody stated
};

/// Puts a live master together with its occurrences and exceptions: changed ones become overrides, deleted and
/// cancelled ones exclude their date, those that repeat the master add nothing. Of several for one date the newest
/// counts. `strays` are live occurrences that the source told under another id of the series; they count for dates of
/// which nothing else is known. Recurrence ids take the form of the master's start (RFC 5545 section 3.8.4.4), from a
/// date alone too: then with the master's wall time. Pure.
Series assemble_series(const SourceEvent& master, std::span<const SourceEvent* const> members,
                       std::span<const SourceEvent* const> strays, const WantRules& rules);

}  // namespace calmux
