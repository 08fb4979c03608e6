#pragma once

#include <memory>

#include "middleware/config.h"

namespace calmux {

/// `calmux serve`: everything wired together, from start to drain.
class Service {
 public:
  /// Migrates and opens the database, waiting for it to come up, and begins to listen. Throws std::runtime_error with a
  /// sentence for the operator where that cannot be.
  explicit Service(const Config& config);
  /// Turns new requests away, finishes what was accepted, lets the writes in hand end, and stops.
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace calmux
