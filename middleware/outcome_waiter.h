#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <thread>

#include "middleware/clock.h"
#include "middleware/http_message.h"
#include "postgres/overview.h"

namespace calmux {

/// Answers requests that asked to wait (RFC 7240 section 4.3) once their deliveries came to an end, or with `accepted`
/// when their time ran out. Bounded: a request beyond the bound is not taken. Thread-safe.
class OutcomeWaiter {
 public:
  OutcomeWaiter(postgres::Overview& overview, int limit);
  ~OutcomeWaiter();  ///< answers everybody who still waits
  OutcomeWaiter(const OutcomeWaiter&) = delete;
  OutcomeWaiter& operator=(const OutcomeWaiter&) = delete;

  struct Waiting {
    std::string request_id;
    HttpResponse accepted;  ///< what is answered when the time runs out
    Responder responder;
    std::chrono::steady_clock::time_point since;
    Deadline deadline;
  };

  /// False where as many wait already as may; `waiting` is left as it was.
  bool take(Waiting& waiting);

  /// Deliveries may have ended.
  void wake();

  /// Answers everybody who waits, and takes nobody from now on: the process is about to end.
  void release();

 private:
  void run();

  postgres::Overview& overview_;
  const int limit_;
  std::mutex mutex_;
  std::condition_variable bell_;
  std::list<Waiting> arrived_;
  int held_ = 0;
  bool rung_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

/// The earlier system's answer for what `Overview::operation()` tells, or nothing while a delivery of the request is
/// under way.
std::optional<nlohmann::json> outcome_answer(const nlohmann::json& operation, std::chrono::milliseconds took);

}  // namespace calmux
