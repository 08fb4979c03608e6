#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "connectors/destination.h"

namespace calmux::caldav {

/// Whether the server honours If-Match and If-None-Match.
enum class Preconditions {
  detect,      ///< read_first where the URL or the server's answers say SOGo, trusted elsewhere
  trusted,     ///< RFC 4918 section 10.4 holds
  read_first,  ///< the server overwrites and deletes regardless (SOGo 5): every write looks at the current ETag first
};

struct CalDavOptions {
  std::string
      url;  ///< server root, principal, calendar home, or the calendar's own URL; http or https, without user info
  std::string calendar_name;  ///< displayname or last path segment; may be empty where `url` is the calendar's own
  bool create_missing = true;
  std::string username;  ///< empty: requests carry no credentials
  std::string password;
  int max_parallel = 8;  ///< connections at a time; further callers wait for one within their time-out
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds total_timeout{30'000};  ///< of one call of Destination, however many requests it takes
  std::string ca_file;                              ///< PEM; empty: the system's
  /// Hosts besides `url`'s own that may be followed to and get the credentials: "host" or ".domain" for all below it.
  std::vector<std::string> trusted_hosts;
  Preconditions preconditions = Preconditions::detect;
};

/// A calendar collection of a CalDAV server (RFC 4791). Safe for concurrent calls. With `read_first`, another client's
/// write between the look and the write is overwritten: such a server offers nothing better.
///
/// Hrefs are handed out in one canonical form (a path, everything but unreserved characters percent-encoded in upper
/// case), so those of href_for(), fetch() and list() may be compared as they are. ETags are handed out without `W/`.
///
/// What the kinds mean beyond destination.h: `not_found` from create() or update() is a calendar that is not there (any
/// more): call open(). A call before open() succeeded opens first. `update()` of a resource that is gone is
/// `precondition_failed`.
class CalDavDestination final : public Destination {
 public:
  explicit CalDavDestination(CalDavOptions options);
  ~CalDavDestination() override;
  CalDavDestination(const CalDavDestination&) = delete;
  CalDavDestination& operator=(const CalDavDestination&) = delete;

  Result<std::string> open() override;
  std::string href_for(const std::string& uid) const override;
  Result<Written> create(const std::string& href, const std::string& body) override;
  Result<Written> update(const std::string& href, const std::string& etag, const std::string& body) override;
  Result<void> remove(const std::string& href, const std::string& etag) override;
  Result<RemoteObject> fetch(const std::string& href) override;
  Result<std::vector<RemoteObject>> list() override;
  Result<void> probe() override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace calmux::caldav
