#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "mappings/event.h"
#include "mappings/fold.h"

namespace calmux::m365 {

/// What the receiver needs before it can accept an item: enough to find it again, no more.
struct Envelope {
  std::string source_event_id;
  std::optional<Operation>
      operation;  ///< from ActionType / actionType / changeType / isAdded / isUpdated, where the item says so
  std::optional<SourceTime> last_modified;
};

/// The items of a posted body: one event, `{"value": […]}`, or a bare array. `malformed` says what is wrong and where
/// (which item, which member), for instance a missing id or a member of the wrong type.
Result<std::vector<const nlohmann::json*>> items(const nlohmann::json& body);

/// Reads id, action and version of one item, in the Graph, nested, flat V3 and V2 shapes, in any letter case.
Result<Envelope> envelope(const nlohmann::json& item);

/// Decodes one item into the event model. `malformed` for wrong types, `unplaceable` where it has no certain time.
/// A series master that carries `exceptionOccurrences` yields the master first, then one event for each.
Result<std::vector<Event>> decode(const nlohmann::json& item);

}  // namespace calmux::m365
