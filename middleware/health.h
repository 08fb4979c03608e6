#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <thread>

#include "connectors/destination.h"
#include "middleware/destination_gate.h"
#include "middleware/metrics.h"
#include "middleware/wakeup.h"
#include "postgres/overview.h"

namespace calmux {

/// What the checks found last. Reading it never blocks on a database or a server, so health answers whatever hangs.
/// Thread-safe.
class Health {
 public:
  struct Options {
    std::chrono::milliseconds database_every{2'000};
    std::chrono::milliseconds caldav_every{15'000};
    std::chrono::milliseconds caldav_again{1'000};  ///< while it does not answer
    std::chrono::milliseconds stale_after{10'000};  ///< a check that does not come back is a failed one
  };

  /// `destination_back` is called when a destination that had failed answers again.
  Health(postgres::Overview& overview, Destination& destination, DestinationGate& gate, Metrics& metrics,
         std::function<void()> destination_back, Options options);
  ~Health();
  Health(const Health&) = delete;
  Health& operator=(const Health&) = delete;

  /// The destination failed just now: look at it soon.
  void look_at_destination() { caldav_wakeup_.ring(); }

  /// {"status": "healthy" | "degraded" | "unhealthy", "components": {…}}; with `details` also reasons and figures,
  /// which an outsider should not see.
  nlohmann::json report(bool details) const;

  bool can_accept() const;

 private:
  struct Component {
    std::optional<std::chrono::steady_clock::time_point> seen;  ///< of the last check that came back
    bool good = false;
    std::string reason;
  };

  void check_database();
  void check_caldav();
  void set(Component& component, bool good, std::string reason);
  bool good(const Component& component) const;
  std::string reason(const Component& component) const;

  postgres::Overview& overview_;
  Destination& destination_;
  DestinationGate& gate_;
  Metrics& metrics_;
  const std::function<void()> destination_back_;
  const Options options_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();

  mutable std::mutex mutex_;
  Component database_;
  Component caldav_;
  std::map<std::string, double> gauges_;

  std::atomic<bool> stopping_{false};
  Wakeup database_wakeup_;
  Wakeup caldav_wakeup_;
  std::thread database_thread_;
  std::thread caldav_thread_;
};

}  // namespace calmux
