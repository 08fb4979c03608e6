#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "connectors/caldav/caldav_destination.h"
#include "connectors/caldav/multistatus.h"
#include "connectors/http_client.h"

namespace calmux::caldav {

using Deadline = std::chrono::steady_clock::time_point;

/// What a PROPFIND found, and where it was answered after redirects.
struct Found {
  std::string url;
  Multistatus multistatus;
  bool looks_like_sogo = false;
};

/// WebDAV requests with errors worded for an operator: method and path, the server's status, what to do. Thread-safe.
class DavClient {
 public:
  /// `options.url` must be valid (see check_options).
  explicit DavClient(const CalDavOptions& options);

  /// Any complete answer; an error where there is none.
  Result<HttpResponse> send(std::string_view method, const std::string& url, Headers headers, std::string body,
                            Deadline deadline);

  /// RFC 4918 section 9.1. `properties` is the content of DAV:prop with the prefixes D and C. An answer other than 207
  /// is an error, and so is one whose only response is a failure: what is returned holds at least one response.
  Result<Multistatus> propfind(const std::string& url, int depth, std::string_view properties, Deadline deadline);

  /// The same, through up to five redirects, to trusted hosts only.
  Result<Found> propfind_following(std::string url, int depth, std::string_view properties, Deadline deadline);

  /// Whether requests may go there with the credentials.
  bool trusts(const std::string& url) const;

 private:
  Result<HttpResponse> ask(const std::string& url, int depth, std::string_view properties, Deadline deadline);
  Result<Multistatus> read(const std::string& url, const HttpResponse& response) const;

  std::vector<std::string> trusted_hosts_;
  bool tls_;
  HttpClient http_;
};

/// `malformed` with all that is wrong with them.
Result<void> check_options(const CalDavOptions& options);

/// Wording and kind for an answer that is a failure. `status` is the answer's own, or the inner one of a multistatus.
Error answer_error(std::string_view method, const std::string& url, const HttpResponse& response, int status,
                   const DavError& error);

/// The status that counts: of a multistatus answer to a write (RFC 4918 section 13: a failure, however it looks) the
/// first inner failure's, with its DAV:error; otherwise the answer's own, with the DAV:error of its body.
struct Verdict {
  int status = 0;
  DavError error;
};
Verdict verdict(const HttpResponse& response);

}  // namespace calmux::caldav
