#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "connectors/destination.h"
#include "middleware/destination_gate.h"
#include "middleware/metrics.h"
#include "middleware/wakeup.h"
#include "postgres/object_store.h"

namespace calmux {

/// Converges claimed objects with a bounded number of requests at a time: one thread claims, `parallel` threads write,
/// one records what the server answered, all that came in meanwhile in one transaction.
class Writer {
 public:
  struct Hooks {
    std::function<void()> recorded;  ///< after each recording, on the recorder's thread: deliveries may have ended
    std::function<void()> outage;    ///< the destination stopped answering; on a writing thread
  };

  /// `decided` rings when objects may be waiting.
  Writer(postgres::ObjectStore& objects, Destination& destination, DestinationGate& gate, Metrics& metrics,
         int parallel, std::string worker, Wakeup& decided, Hooks hooks);
  ~Writer();  ///< finishes and records the writes in hand
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

 private:
  void claim();
  void write();
  void record();
  std::chrono::milliseconds until_due();
  std::size_t room();
  void report(const postgres::WriteOutcome& outcome);

  postgres::ObjectStore& objects_;
  Destination& destination_;
  DestinationGate& gate_;
  Metrics& metrics_;
  const int parallel_;
  const std::string worker_;
  Wakeup& decided_;
  const Hooks hooks_;

  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable claimed_;
  std::condition_variable written_;
  std::deque<postgres::ClaimedObject> todo_;
  std::vector<postgres::WriteOutcome> done_;
  bool no_more_claims_ = false;
  bool no_more_writes_ = false;
  std::vector<std::thread> writers_;
  std::thread recorder_;
  std::thread claimer_;
};

}  // namespace calmux
