#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "mappings/error.h"
#include "mappings/resolve.h"
#include "postgres/pool.h"

namespace calmux::postgres {

/// A group of source events and the destination objects known for it, tombstones of both included: see
/// mappings/resolve.h. Empty where nothing is stored of it yet.
struct Group {
  std::string source_id;
  std::string group_key;  ///< see mappings/group_key.h
  std::vector<SourceEvent> events;
  std::vector<KnownObject> objects;
};

/// Which events a transaction is about, so that their groups can be locked and loaded.
struct EventRef {
  std::string source_id;
  std::string source_event_id;
  std::string series_id;
  /// As the delivery says it; a deletion knows only its own id. The stored groups of the event, of its master and of
  /// those of its series count as well.
  std::vector<std::string> group_keys;
};

struct StoredEvent {
  std::string source_id;
  std::string group_key;
  SourceEvent event;
};

struct PlannedAction {
  std::string source_id;
  std::string group_key;
  Action action;           ///< skip is not stored
  std::string uid;         ///< for create: the minted UID
  std::string other_uid;   ///< for create: where another object has that UID
  std::string request_id;  ///< of the delivery that brought it, for history
};

/// How one delivery ended.
struct Finished {
  std::int64_t inbox_id = 0;
  std::string source_id;
  std::string source_event_id;
  std::string request_id;
  std::string operation;  ///< create, update, delete: what the sender asked
  std::string outcome;    ///< a FoldOutcome's or an ActionKind's name
  std::string reason;
  std::string object_key;  ///< the object whose write it waits for; empty where there is none
  std::vector<std::string> warnings;
};

struct Plan {
  std::vector<StoredEvent> events;
  std::vector<PlannedAction> actions;
  std::vector<Finished> finished;
};

/// Thread-safe.
class EventStore {
 public:
  EventStore(Pool& pool, std::int64_t workspace_id);

  /// In one transaction: locks the groups of `refs` in a fixed order, loads them, lets `decide` plan, stores the plan
  /// (source_events, calendar_objects' desired state, event_mappings, sync_history) and finishes the deliveries whose
  /// claim `worker` still holds. `decide` is pure and may be called again after a conflict. Set-based: a few statements
  /// whatever the number of events. It must plan within the groups it was given. An object follows its event
  /// (object_key) to another group; the UID of an object that is known already wins over a planned one. What is planned
  /// stays stored where the claim of its delivery was lost meanwhile.
  Result<void> fold(std::span<const EventRef> refs, const std::string& worker,
                    const std::function<Plan(std::span<const Group>)>& decide);

 private:
  Pool& pool_;
  std::int64_t workspace_id_;
};

}  // namespace calmux::postgres
