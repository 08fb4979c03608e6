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

/// Which of the recurrence ids the master's rule gives, one flag for each.
using Recurs = std::function<std::vector<bool>(const Event& master, std::span<const DateValue> recurrence_ids)>;

/// What deciding about a group is told from outside.
struct WantRules {
  ToInstant to_instant{};  ///< as in ResolveRules
  Recurs recurs{};         ///< likewise
  CancelledRules cancelled{};
};

/// A series as one calendar object, without UID.
struct Series {
  CalendarObject object;
  std::vector<std::string> source_event_ids;  ///< of the master and of all that the object speaks for
  std::vector<const SourceEvent*> apart;      ///< live, but with an original start that nobody stated
  std::vector<const SourceEvent*> outdated;   ///< their dates went with a change of the rule
};

/// What the source told of an event before it told of its series, and not with it.
bool told_before(const SourceEvent& event, const SourceEvent& master);

/// Puts a live master together with its occurrences and exceptions: changed ones become overrides, deleted and
/// cancelled ones exclude their date, those that repeat the master add nothing. Of several for one date the newest
/// counts. `strays` are live occurrences that the source told under another id of the series; they count for dates of
/// which nothing else is known. What was told of a date before the master, and not with it, goes where the rule has the
/// date no more: a changed pattern resets exceptions, as does the end of a series that was split. Recurrence ids take
/// the form of the master's start (RFC 5545 section 3.8.4.4), from a date alone too: then with the master's wall time.
/// Pure.
Series assemble_series(const SourceEvent& master, std::span<const SourceEvent* const> members,
                       std::span<const SourceEvent* const> strays, const WantRules& rules);

}  // namespace calmux
