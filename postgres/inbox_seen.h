#pragma once

#include <chrono>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <unordered_map>

#include "postgres/inbox.h"

namespace calmux::postgres {

/// Which sources were registered as seen lately, so that a busy source does not rewrite its row with every delivery;
/// and when other processes were told lately that there is work. Thread-safe.
class Inbox::Seen {
 public:
  using Clock = std::chrono::steady_clock;

  /// The sources of these deliveries whose last_seen is to be touched, sorted.
  std::set<std::string> due(std::span<const NewDelivery> deliveries, Clock::time_point now) const {
    std::set<std::string> sources;
    const std::lock_guard lock(mutex_);
    for (const auto& delivery : deliveries) {
      const auto found = touched_.find(delivery.source_id);
      if (found == touched_.end() || now - found->second >= every) sources.insert(delivery.source_id);
    }
    return sources;
  }

  /// They were, in a transaction that is committed.
  void touched(const std::set<std::string>& sources, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    // Names come from whoever holds a key for all sources, so their number is bounded.
    if (touched_.size() + sources.size() > most) touched_.clear();
    for (const auto& source : sources) touched_[source] = now;
  }

  /// Whether other processes are to be told of work now: once a while is enough for those that look by themselves too.
  bool announcement_due(Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (now - announced_ < announce_every) return false;
    announced_ = now;
    return true;
  }

 private:
  static constexpr std::chrono::seconds every{1};
  static constexpr std::chrono::milliseconds announce_every{100};
  static constexpr std::size_t most = 10'000;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Clock::time_point> touched_;
  Clock::time_point announced_;
};

}  // namespace calmux::postgres
