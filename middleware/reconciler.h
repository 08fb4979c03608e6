#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "connectors/destination.h"
#include "middleware/destination_gate.h"
#include "middleware/wakeup.h"
#include "postgres/object_store.h"

namespace calmux {

/// One difference between what was written and what the destination holds.
struct Difference {
  enum class Kind {
    missing,    ///< written, but not there
    changed,    ///< somebody else changed it
    lingering,  ///< deleted, but there again
    adopted,    ///< another ETag, the same content
  };
  Kind kind = Kind::missing;
  std::int64_t object_id = 0;
  std::string href;
  std::string found_etag;  ///< empty where it is missing
};

/// Reads the destination in full and tells what differs. Resources that are not Calmux's are not looked at. Changes
/// nothing.
Result<std::vector<Difference>> compare(postgres::ObjectStore& objects, Destination& destination);

/// Has the differences written again by the writer, and adopts ETags. Returns how many objects will be written.
Result<int> repair(postgres::ObjectStore& objects, const std::vector<Difference>& differences);

/// One line for the operator, as a diff shows it.
std::string describe(const Difference& difference);

/// Compares and repairs on a timer.
class Reconciler {
 public:
  Reconciler(postgres::ObjectStore& objects, Destination& destination, DestinationGate& gate,
             std::chrono::minutes every, std::function<void()> repaired);
  ~Reconciler();
  Reconciler(const Reconciler&) = delete;
  Reconciler& operator=(const Reconciler&) = delete;

 private:
  void run();
  void once();

  postgres::ObjectStore& objects_;
  Destination& destination_;
  DestinationGate& gate_;
  const std::chrono::minutes every_;
  const std::function<void()> repaired_;
  Wakeup wakeup_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace calmux
