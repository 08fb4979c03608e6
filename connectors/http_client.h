#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mappings/error.h"

namespace calmux {

struct HttpOptions {
  std::string username;  ///< empty: no request carries credentials
  std::string password;
  /// Where the credentials may go: hosts ("caldav.example.org") or domains (".example.org": every host below it).
  /// Other hosts get the request without them.
  std::vector<std::string> credential_hosts;
  bool credentials_need_tls = false;  ///< true: plain http requests go without credentials
  int max_parallel = 8;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds total_timeout{30'000};  ///< of a request without a deadline of its own
  std::size_t max_answer_bytes = 64U << 20U;
  std::string ca_file;  ///< PEM; empty: the system's. TLS is always verified.
};

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  Headers headers = {};
  std::optional<std::string> body = {};
  std::optional<std::chrono::steady_clock::time_point> deadline = {};  ///< instead of the client's total time-out
};

struct HttpResponse {
  int status = 0;
  Headers headers;
  std::string body;

  /// The first header of this name, in any case; empty where there is none.
  std::string_view header(std::string_view name) const;
};

/// A synchronous HTTP/1.1 client over a bounded pool of kept-alive connections. Thread-safe: a caller waits for a free
/// connection within its deadline (`timed_out` otherwise). Redirects are answers like any other. Basic credentials are
/// sent at once; a server that answers 401 and offers Digest gets Digest from then on.
///
/// Any complete answer is a success, whatever its status; an error means that there is none. A request whose kept-alive
/// connection closed before the first byte of the answer is sent again, so the server may see it twice: writes need
/// preconditions. Error messages name the host and never the path, a header or a credential.
class HttpClient {
 public:
  explicit HttpClient(HttpOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  Result<HttpResponse> send(const HttpRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The kind of a failed transfer, from libcurl's CURLcode.
ErrorKind classify_curl(int code);

/// The kind of an answer that is not the hoped-for one (a status of the success range is `protocol`: unexpected).
ErrorKind classify_http_status(int status, std::string_view method);

/// Retry-After (RFC 9110 section 10.2.3) as a delay from `now`: seconds or a date; never negative, at most a day.
/// Absent where it is neither.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::chrono::sys_seconds now);

struct UrlParts {
  std::string scheme;  ///< lower case
  std::string host;    ///< lower case, IPv6 in brackets
  int port = 0;        ///< the scheme's default where the URL names none
  std::string path;    ///< as it stands, never empty, without query and fragment
  std::string query;
  bool has_user_info = false;

  std::string origin() const;  ///< scheme://host[:port], the port only where it is not the default
};

/// Absent where it is not an absolute http or https URL.
std::optional<UrlParts> parse_url(const std::string& url);

/// RFC 3986 section 5. Absent where the result is not an absolute http or https URL.
std::optional<std::string> resolve_url(const std::string& base, const std::string& reference);

/// Whether `host` is one of `hosts`, each a host or a ".domain".
bool host_matches(std::string_view host, const std::vector<std::string>& hosts);

}  // namespace calmux
