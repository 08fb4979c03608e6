#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mappings/fold.h"
#include "mappings/resolve.h"
#include "postgres/event_store.h"
#include "postgres/inbox.h"

namespace calmux {

/// A delivery whose body was decoded: the event, or the master and what it carries along; of a deletion the id and,
/// where it names one, the time.
struct DecodedDelivery {
  postgres::ClaimedDelivery delivery;
  std::vector<Event> events;  ///< at least one
};

struct PlanRules {
  FoldRules fold;
  std::string workspace;
  std::optional<std::chrono::days> max_event_age;
  ToInstant to_instant{};  ///< as in ResolveRules
  CancelledRules cancelled{};
  Recurs recurs{};
};

/// Which groups the deliveries are about.
std::vector<postgres::EventRef> refs_of(std::span<const DecodedDelivery> deliveries);

/// Folds the deliveries into their groups and resolves the groups that changed. Pure, so that the store may call it
/// again.
postgres::Plan plan(std::span<const DecodedDelivery> deliveries, std::span<const postgres::Group> groups,
                    const PlanRules& rules, std::chrono::sys_seconds now);

}  // namespace calmux
