#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "mappings/event.h"

namespace calmux {

/// A calendar object resource (RFC 4791 section 4.1): a single event, or a series master with its overrides.
/// The UID is minted by Calmux; the events' own `uid` is the source's and is never written.
struct CalendarObject {
  std::string uid;
  Event main;                    ///< the single event or the master
  std::vector<Event> overrides;  ///< exceptions, each with a recurrence_id; sorted by it

  bool operator==(const CalendarObject&) const = default;
};

nlohmann::json to_json(const CalendarObject& object);
Result<CalendarObject> calendar_object_from_json(const nlohmann::json& object);

/// What a reader can see of the whole resource, UID included; equal texts need no write.
std::string significant_content(const CalendarObject& object);

/// 128 bits and more, deterministic in its arguments, so that a lost database or a retried write meets the same
/// resource again. `identity` is the source's id of the event or series.
std::string mint_uid(std::string_view workspace, std::string_view source_id, std::string_view identity);

}  // namespace calmux
