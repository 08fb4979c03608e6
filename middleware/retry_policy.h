#pragma once

#include <chrono>

#include "mappings/error.h"

namespace calmux {

/// What follows a failed write of a calendar object, or a failed fold of a delivery.
enum class Disposition {
  retry,    ///< the same again after a back-off, for as long as it takes: an outage sends nothing to the dead letters
  attempt,  ///< the same again after a back-off, but a bounded number of times: the fault may lie in this very object
  resolve,  ///< look at the destination and decide again, now
  hold,     ///< nothing helps until somebody acts (credentials, a full disk); tried again seldom, and health says so
  give_up,  ///< the same input fails for ever: to the dead letters
};

/// The one table. Exhaustive over ErrorKind; connectors and postgres classify into kinds, and nobody else decides.
Disposition disposition(ErrorKind kind);

/// How many times an `attempt` is made before it is given up.
inline constexpr int max_attempts = 8;

/// Exponential back-off with full jitter: a delay between half of and the whole of `first · 2^(attempt−1)`: from 1 s to
/// at most 5 minutes for a retry, from 30 s to 15 minutes for a hold; never before what the peer named, as far as that
/// lies within an hour. `random` lies in [0, 1).
std::chrono::milliseconds backoff(const Error& error, int attempt, double random);

/// A number in [0, 1) for backoff(). Thread-safe.
double jitter();

}  // namespace calmux
