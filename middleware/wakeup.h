#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace calmux {

/// Wakes one kind of background thread: a ring that comes while nobody sleeps is not lost. Thread-safe.
class Wakeup {
 public:
  void ring() {
    {
      const std::lock_guard lock(mutex_);
      rung_ = true;
    }
    bell_.notify_all();
  }

  /// Returns at the next ring, or after `longest`.
  void wait(std::chrono::milliseconds longest) {
    std::unique_lock lock(mutex_);
    bell_.wait_for(lock, longest, [&] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable bell_;
  bool rung_ = false;
};

}  // namespace calmux
