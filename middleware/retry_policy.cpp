#include "middleware/retry_policy.h"

#include <algorithm>
#include <random>

namespace calmux {
namespace {

constexpr std::chrono::seconds longest_obeyed{3600};

}  // namespace

Disposition disposition(ErrorKind kind) {
  switch (kind) {
  case ErrorKind::malformed:
    return Disposition::give_up;
  case ErrorKind::unplaceable:
    return Disposition::give_up;
  case ErrorKind::not_found:
    return Disposition::resolve;
  case ErrorKind::precondition_failed:
    return Disposition::resolve;
  case ErrorKind::uid_conflict:
    return Disposition::attempt;
  case ErrorKind::refused:
    return Disposition::give_up;
  case ErrorKind::too_large:
    return Disposition::give_up;
  case ErrorKind::unauthorized:
    return Disposition::hold;
  case ErrorKind::rate_limited:
    return Disposition::retry;
  case ErrorKind::unavailable:
    return Disposition::retry;
  case ErrorKind::timed_out:
    return Disposition::retry;
  case ErrorKind::peer_failed:
    return Disposition::attempt;
  case ErrorKind::protocol:
    return Disposition::attempt;
  case ErrorKind::database_unavailable:
    return Disposition::retry;
  case ErrorKind::database_conflict:
    return Disposition::retry;
  case ErrorKind::database_in_doubt:
    return Disposition::retry;
  case ErrorKind::database_refused:
    return Disposition::give_up;
  case ErrorKind::internal:
    return Disposition::give_up;
  }
  return Disposition::give_up;
}

std::chrono::milliseconds backoff(const Error& error, int attempt, double random) {
  using std::chrono::milliseconds;
  const bool held = disposition(error.kind) == Disposition::hold;
  const milliseconds longest = held ? milliseconds{900'000} : milliseconds{300'000};
  const milliseconds first = held ? milliseconds{30'000} : milliseconds{1'000};
  const int doublings = std::clamp(attempt - 1, 0, 16);
  const auto whole = std::min(longest, first * (1 << doublings));
  const auto delay =
      milliseconds{static_cast<milliseconds::rep>(static_cast<double>(whole.count()) * (0.5 + random / 2))};
  if (error.retry_after) return std::max<milliseconds>(delay, std::min(*error.retry_after, longest_obeyed));
  return delay;
}

double jitter() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>{0.0, 1.0}(engine);
}

}  // namespace calmux
