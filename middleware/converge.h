#pragma once

#include <optional>

#include "connectors/destination.h"
#include "mappings/error.h"
#include "postgres/object_store.h"

namespace calmux {

struct Converged {
  postgres::WriteOutcome outcome;
  std::optional<ErrorKind> failure;  ///< why the result is `retry` or `error`
};

/// Brings one calendar object resource of the destination to its desired state, in place: never by deleting and
/// creating anew. A write that was done already, by us before a crash or by a retry, is recognised by its content and
/// not repeated. The outcome's `delay` is set where the result is `retry`. Takes at most 30 s and one call of the
/// destination. Thread-safe.
Converged converge(const postgres::ClaimedObject& object, Destination& destination);

/// The outcome of an object that was not tried, since the destination does not answer.
Converged not_now(const postgres::ClaimedObject& object);

}  // namespace calmux
