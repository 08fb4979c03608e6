#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mappings/calendar_object.h"
#include "mappings/fold.h"
#include "mappings/series.h"

namespace calmux {

/// A destination object that Calmux knows for the group: the row of `calendar_objects` as far as deciding needs it.
struct KnownObject {
  std::int64_t id = 0;
  std::string object_key;  ///< as in Action
  std::string uid;
  std::optional<CalendarObject> desired;  ///< absent once it is to be deleted
};

/// What shall be done with one destination object.
enum class ActionKind { create, update, delete_, skip, hold };

struct Action {
  ActionKind kind = ActionKind::skip;
  std::optional<std::int64_t> object_id;  ///< absent for create
  std::string object_key;  ///< source_event_id of the single event, the master or the occurrence it stands for
  std::optional<CalendarObject> content;  ///< absent for delete
  std::vector<std::string>
      source_event_ids;  ///< which source events this object stands for: the rows of `event_mappings`
  std::string
      after_key;       ///< for delete: object_key of what shows the event from then on and is written first; or empty
  std::string reason;  ///< one sentence for the trace
};

struct ResolveRules {
  std::string workspace;
  std::string source_id;
  std::optional<std::chrono::days> max_event_age;  ///< MAX_EVENT_AGE_DAYS: an older event is not created
  /// Wall time in a zone to instant (connectors' time_zone::to_instant; passed in, since this folder knows no zones).
  /// Without it the offset of the master's first occurrence is taken for all, and an occurrence may be taken for a
  /// moved one.
  ToInstant to_instant{};
  CancelledRules cancelled{};
  /// connectors' icalendar::recurs. Without it what is known of a date stays when the series' rule loses it.
  Recurs recurs{};
};

/// A group is a single event, or a series with all that is known of its occurrences and exceptions (same series_id, the
/// master included by its own id). Decides which destination objects it needs. Pure.
///
/// - single event: one object.
/// - master known and live: one object, its exceptions as overrides; occurrences that merely repeat the master add
/// nothing;
///   objects that stood for single occurrences are deleted, after the series' object in the returned order.
/// - only occurrences known: each is an object of its own at its own time, none lost.
/// - an exception whose original start is unknown: an object of its own beside the series, rather than lost.
/// - deleted, or cancelled where such meetings are removed: no object; of a series the date is excluded. A deleted
/// master takes its occurrences along, but not those
///   that the source spoke of afterwards, nor is a deletion proof for them where the master was never known.
///
/// Actions come in the order in which they are to be carried out. A skip is returned for what needs no write.
std::vector<Action> resolve(std::span<const SourceEvent> group, std::span<const KnownObject> known,
                            const ResolveRules& rules, std::chrono::sys_seconds now);

const char* to_string(ActionKind kind);

}  // namespace calmux
