#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "postgres/overview.h"

namespace calmux::postgres {

/// Keeps what took long to count. Thread-safe; who asks for the same while it is being counted counts as well.
class Overview::Cache {
 public:
  using Clock = std::chrono::steady_clock;

  Result<nlohmann::json> get(const std::string& name, const std::function<Result<nlohmann::json>()>& count) {
    const auto begun = Clock::now();
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = kept_.find(name); found != kept_.end() && begun < found->second.until)
        return found->second.value;
    }
    auto value = count();
    const auto took = Clock::now() - begun;
    if (value && took > slow) {
      const std::lock_guard lock(mutex_);
      kept_[name] = {*value, Clock::now() + std::min<Clock::duration>(50 * took, std::chrono::minutes{1})};
    }
    return value;
  }

 private:
  static constexpr std::chrono::milliseconds slow{20};

  struct Kept {
    nlohmann::json value;
    Clock::time_point until;
  };

  std::mutex mutex_;
  std::map<std::string, Kept> kept_;
};

}  // namespace calmux::postgres
