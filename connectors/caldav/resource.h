#pragma once

#include <optional>
#include <string>

#include "connectors/caldav/discovery.h"

namespace calmux::caldav {

/// One calendar object resource during one call. Not shared between threads.
class Resource {
 public:
  /// `href` must be canonical and lie in the calendar.
  Resource(DavClient& client, Calendar calendar, std::string href, Deadline deadline);

  Result<Written> create(const std::string& body);
  Result<Written> update(const std::string& etag, const std::string& body);
  Result<void> remove(const std::string& etag);
  Result<RemoteObject> fetch();

 private:
  /// getetag as the server spells it; absent where there is no such resource.
  Result<std::optional<std::string>> look();
  Result<HttpResponse> put(const char* condition, const std::string& value, const std::string& body);
  Result<HttpResponse> erase(const std::string& etag);
  /// Sends with `etag`; where the server says 412 although the ETag holds, once more with the server's own spelling of
  /// it.
  template <class Send>
  Result<HttpResponse> send_matching(const std::string& etag, Send send);
  /// Where preconditions are not honoured: `missing` or `precondition_failed` where a look says that the ETag does not
  /// hold.
  Result<void> look_first(std::string_view method, const std::string& etag, ErrorKind missing);
  Result<Written> written(const HttpResponse& response);
  bool calendar_is_gone();
  Error failure(std::string_view method, const HttpResponse& response);
  Error changed(std::string_view method, ErrorKind kind, std::string_view what) const;

  DavClient& client_;
  Calendar calendar_;
  std::string href_;
  std::string url_;
  Deadline deadline_;
};

}  // namespace calmux::caldav
