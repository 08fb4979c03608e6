#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "mappings/error.h"

namespace calmux {

/// A resource of the destination as it stands there.
struct RemoteObject {
  std::string href;  ///< path as the server names it; compare decoded
  std::string etag;  ///< with its quotes; never empty
  std::string body;  ///< empty in listings
};

/// What a write left behind.
struct Written {
  std::string etag;  ///< what the server's GET would answer now; fetched where the server did not name it
};

/// The calendar that Calmux converges: one of the two interfaces at the edges. Implementations are safe for concurrent
/// calls (each call uses a connection of its own from a bounded pool). Every call ends within the total time-out it was
/// built with.
class Destination {
 public:
  virtual ~Destination() = default;

  /// Finds the calendar, and creates it where it is missing and that is allowed. Idempotent; called again after
  /// `not_found`. Returns the calendar's absolute URL.
  virtual Result<std::string> open() = 0;

  /// The href at which a resource of this UID is to be kept; deterministic. Valid after open().
  virtual std::string href_for(const std::string& uid) const = 0;

  /// RFC 4791 section 5.3.2 with `If-None-Match: *`. `precondition_failed` where something is there;
  /// `uid_conflict` where the server holds the UID at another href.
  virtual Result<Written> create(const std::string& href, const std::string& body) = 0;

  /// With `If-Match: etag`. `precondition_failed` where somebody else changed or removed it.
  virtual Result<Written> update(const std::string& href, const std::string& etag, const std::string& body) = 0;

  /// With `If-Match: etag`. `not_found` where it is gone already, `precondition_failed` where somebody else changed it.
  virtual Result<void> remove(const std::string& href, const std::string& etag) = 0;

  /// `not_found` where nothing is there.
  virtual Result<RemoteObject> fetch(const std::string& href) = 0;

  /// Every resource's href and ETag. Complete, or an error: a partial listing is never returned.
  virtual Result<std::vector<RemoteObject>> list() = 0;

  /// A cheap request that tells whether the server is there and lets us in, for health.
  virtual Result<void> probe() = 0;
};

}  // namespace calmux
