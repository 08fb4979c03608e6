#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace calmux {

/// What went wrong, by what the caller can do about it. `middleware/retry_policy` holds the one table that says what
/// follows.
enum class ErrorKind {
  malformed,             ///< the input cannot be parsed; the same input will never parse
  unplaceable,           ///< a well-formed event that has no certain time
  not_found,             ///< the thing addressed does not exist
  precondition_failed,   ///< an ETag or If-None-Match did not hold: somebody else wrote
  uid_conflict,          ///< another calendar object resource holds this UID
  refused,               ///< the peer understands and will not have it: a retry of the same bytes is futile
  too_large,             ///< over a size limit, ours or the peer's
  unauthorized,          ///< the peer does not accept our credentials
  rate_limited,          ///< the peer asks to come back later
  unavailable,           ///< no connection, or the peer says it is not in service
  timed_out,             ///< no complete answer in time: the effect is unknown
  peer_failed,           ///< the peer reports a failure of its own (5xx) for this request
  protocol,              ///< the peer's answer cannot be understood
  database_unavailable,  ///< no connection to PostgreSQL, or it is starting or stopping
  database_conflict,     ///< serialization failure, deadlock or lock time-out: the same transaction may succeed
  database_in_doubt,     ///< the answer to COMMIT was lost
  database_refused,      ///< a constraint or a type forbids the data
  internal,              ///< a defect of Calmux
};

/// A failure, worded for the person who will read it: what was wrong, where, what to do.
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;
  std::optional<int> http_status;                   ///< where a peer answered with one
  std::optional<std::chrono::seconds> retry_after;  ///< where the peer named a delay
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return tl::unexpected<Error>(Error{kind, std::move(message), std::nullopt, std::nullopt});
}

}  // namespace calmux
