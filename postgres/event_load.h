#pragma once

#include <cstdint>
#include <optional>
#include <pqxx/transaction_base>
#include <span>
#include <vector>

#include "postgres/event_store.h"

namespace calmux::postgres {

/// Locks the groups of `refs` (as the deliveries say them and as they are stored) until the transaction ends, in an
/// order that every caller shares, and loads them. Nothing where an event moved to another group before the locks were
/// held: begin anew.
std::optional<std::vector<Group>> lock_and_load(pqxx::transaction_base& transaction, std::int64_t workspace_id,
                                                std::span<const EventRef> refs);

}  // namespace calmux::postgres
