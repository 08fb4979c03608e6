#pragma once

#include <span>
#include <string>
#include <vector>

#include "mappings/calendar_object.h"
#include "mappings/fold.h"
#include "mappings/series.h"

namespace calmux {

/// An object that the destination should hold, before it is compared with what is known.
struct Wanted {
  std::string key;  ///< source_event_id of the event that it stands for
  CalendarObject content;
  std::vector<std::string> source_event_ids;
  std::string note;  ///< what is worth saying about it; may be empty
  const SourceEvent* stands_for = nullptr;
};

/// An event that gets no object of its own.
struct Unwanted {
  std::string key;
  std::string reason;
};

struct Wants {
  std::vector<Wanted> wanted;
  std::vector<Unwanted> unwanted;
};

/// What one source's events of one group need. Pure; `group` must outlive the result.
///
/// Usually a group is one telling of one meeting: a single event, or a series with what belongs to it by its series_id.
/// Events of one UID may be told under several ids, as when an accepted invitation is recreated (facts of Microsoft
/// 365): of several tellings the one that was created last counts. What only an older one knows of an occurrence stays.
Wants wants_of(std::span<const SourceEvent> group, const WantRules& rules);

/// What makes events of different ids the same one to a reader: the UID, and of an occurrence its original date. An
/// event without UID, or an occurrence whose original start nobody stated, is only itself.
std::string identity_of(const Event& event);

}  // namespace calmux
