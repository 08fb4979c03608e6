#pragma once

#include <atomic>

#include "mappings/error.h"

namespace calmux {

/// Whether the destination answers, as the last request found it. While it does not, nothing is claimed for writing: an
/// outage costs one probe at a time instead of an attempt of every object. Thread-safe.
class DestinationGate {
 public:
  bool open() const { return open_; }

  /// True where this closed the gate.
  bool saw(ErrorKind kind) {
    const bool outage =
        kind == ErrorKind::unavailable || kind == ErrorKind::timed_out || kind == ErrorKind::unauthorized;
    return outage && open_.exchange(false);
  }

  void reopen() { open_ = true; }

 private:
  std::atomic<bool> open_{true};
};

}  // namespace calmux
