#pragma once

#include <cstdint>
#include <pqxx/transaction_base>
#include <span>
#include <string>

#include "postgres/event_store.h"

namespace calmux::postgres {

// The parts of storing a Plan, each a statement or two; nothing is sent where there is nothing to store. Rows are
// touched in the order of their keys, so that folds and recorded writes meet them in one order.

void save_events(pqxx::transaction_base& transaction, std::int64_t workspace_id, std::span<const Group> before,
                 const Plan& plan);

/// The desired state of the destination objects.
void save_objects(pqxx::transaction_base& transaction, std::int64_t workspace_id, const Plan& plan);

/// Which object stands for which source event; after save_events() and save_objects().
void save_mappings(pqxx::transaction_base& transaction, std::int64_t workspace_id, const Plan& plan);

/// Ends the deliveries that `worker` still holds, with their history.
void finish_deliveries(pqxx::transaction_base& transaction, std::int64_t workspace_id, const Plan& plan,
                       const std::string& worker);

/// Wakes the writers and notes that the sources changed something; does nothing where nothing was decided.
void announce(pqxx::transaction_base& transaction, std::int64_t workspace_id, const Plan& plan);

}  // namespace calmux::postgres
