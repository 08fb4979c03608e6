#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "mappings/error.h"
#include "middleware/clock.h"
#include "middleware/metrics.h"
#include "postgres/inbox.h"

namespace calmux {

struct CommitterOptions {
  int threads = 2;                            ///< while one batch is synced to disk, the next is sent
  std::size_t batch = 256;                    ///< deliveries in one commit at most
  std::size_t queue = 8192;                   ///< deliveries that may wait; beyond that a request is turned away
  std::chrono::milliseconds deadline{5'000};  ///< from submit() to the answer, whatever the database does
  std::size_t flood = 3'000;                  ///< deliveries a second beyond which other work stands back
};

/// Makes deliveries durable: what arrives together shares one commit. Thread-safe.
class Committer {
 public:
  /// Called once, on a thread of the committer: with the rows in the order submitted, or with `database_unavailable`
  /// where the deadline passed or the database refused. Must not block.
  using Done = std::function<void(Result<std::vector<postgres::Accepted>>)>;

  Committer(postgres::Inbox& inbox, Metrics& metrics, CommitterOptions options = {});
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// False where the queue is full: `done` is not called.
  bool submit(std::vector<postgres::NewDelivery> deliveries, Done done);

  /// Whether deliveries have been arriving at more than `CommitterOptions::flood` a second for the last moments.
  bool flooded() const;

 private:
  struct Entry;
  using Batch = std::vector<std::shared_ptr<Entry>>;

  void run();
  void count(std::size_t deliveries, std::chrono::steady_clock::time_point now);
  void watch_deadlines();
  Batch take();
  void commit(Batch batch);
  Result<std::vector<postgres::Accepted>> accept(const Batch& batch);
  void settle(Entry& entry, Result<std::vector<postgres::Accepted>> result);

  postgres::Inbox& inbox_;
  Metrics& metrics_;
  const CommitterOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable stopped_;
  std::deque<std::shared_ptr<Entry>> queue_;
  std::deque<std::shared_ptr<Entry>> unanswered_;  ///< in order of their deadlines
  std::size_t queued_deliveries_ = 0;
  std::chrono::steady_clock::time_point counted_since_;
  std::size_t counted_ = 0;         ///< submitted since then
  std::size_t counted_before_ = 0;  ///< submitted in the period before
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace calmux
