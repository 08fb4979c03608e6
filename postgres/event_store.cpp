#include "postgres/event_store.h"

#include <pqxx/pqxx>

#include "postgres/event_load.h"
#include "postgres/event_save.h"

namespace calmux::postgres {

EventStore::EventStore(Pool& pool, std::int64_t workspace_id) : pool_(pool), workspace_id_(workspace_id) {}

Result<void> EventStore::fold(std::span<const EventRef> refs, const std::string& worker,
                              const std::function<Plan(std::span<const Group>)>& decide) {
  // Each time an event moves to another group between finding and locking it, the fold begins anew with that group as
  // well.
  constexpr int tries = 10;
  for (int tried = 0; tried < tries; ++tried) {
    bool folded = false;
    std::size_t events = 0;
    std::size_t actions = 0;
    auto done = pool_.use_repeatably([&](pqxx::connection_base& connection) {
      folded = false;
      pqxx::work transaction(connection);
      const auto groups = lock_and_load(transaction, workspace_id_, refs);
      if (!groups) return;
      const auto plan = decide(*groups);
      save_events(transaction, workspace_id_, *groups, plan);
      save_objects(transaction, workspace_id_, plan);
      save_mappings(transaction, workspace_id_, plan);
      finish_deliveries(transaction, workspace_id_, plan, worker);
      announce(transaction, workspace_id_, plan);
      transaction.commit();
      folded = true;
      events = plan.events.size();
      actions = plan.actions.size();
    });
    if (folded) {
      pool_.grew("source_events", events);
      pool_.grew("calendar_objects", actions);
      pool_.grew("event_mappings", actions);
    }
    if (!done || folded) return done;
  }
  return fail(ErrorKind::database_conflict, "the events kept moving between groups while they were to be folded");
}

}  // namespace calmux::postgres
