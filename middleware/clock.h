#pragma once

#include <chrono>

namespace calmux {

/// The one place that reads the time of day; whatever decides takes the time as an argument.
inline std::chrono::sys_time<std::chrono::milliseconds> now_exactly() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

inline std::chrono::sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(now_exactly());
}

using Deadline = std::chrono::steady_clock::time_point;

inline Deadline deadline_in(std::chrono::milliseconds duration) {
  return std::chrono::steady_clock::now() + duration;
}

}  // namespace calmux
