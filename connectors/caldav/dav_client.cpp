#include "connectors/caldav/dav_client.h"

#include <utility>

namespace calmux::caldav {
namespace {

std::vector<std::string> hosts_of(const CalDavOptions& options) {
  std::vector<std::string> hosts = options.trusted_hosts;
  if (const auto url = parse_url(options.url)) hosts.push_back(url->host);
  return hosts;
}

bool is_tls(const CalDavOptions& options) {
  const auto url = parse_url(options.url);
  return url && url->scheme == "https";
}

HttpOptions http_options(const CalDavOptions& options) {
  HttpOptions http;
  http.username = options.username;
  http.password = options.password;
  http.credential_hosts = hosts_of(options);
  http.credentials_need_tls = is_tls(options);
  http.max_parallel = options.max_parallel;
  http.connect_timeout = options.connect_timeout;
  http.total_timeout = options.total_timeout;
  http.ca_file = options.ca_file;
  return http;
}

std::string asked(std::string_view method, const std::string& url) {
  const auto parts = parse_url(url);
  return std::string(method) + " " + (parts ? parts->path : url);
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

DavClient::DavClient(const CalDavOptions& options)
    : trusted_hosts_(hosts_of(options)), tls_(is_tls(options)), http_(http_options(options)) {}

Result<HttpResponse> DavClient::send(std::string_view method, const std::string& url, Headers headers, std::string body,
                                     Deadline deadline) {
  HttpRequest request;
  request.method = method;
  request.url = url;
  request.headers = std::move(headers);
  if (!body.empty()) request.body = std::move(body);
  request.deadline = deadline;
  auto response = http_.send(request);
  if (!response) response.error().message.insert(0, asked(method, url) + ": no answer from ");
  return response;
}

Result<HttpResponse> DavClient::ask(const std::string& url, int depth, std::string_view properties, Deadline deadline) {
  std::string body =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
      "<D:propfind xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop>";
  body.append(properties).append("</D:prop></D:propfind>");
  Headers headers = {{"Depth", std::to_string(depth)}, {"Content-Type", "application/xml; charset=utf-8"}};
  return send("PROPFIND", url, std::move(headers), std::move(body), deadline);
}

Result<Multistatus> DavClient::read(const std::string& url, const HttpResponse& response) const {
  if (response.status != 207) {
    return tl::unexpected(answer_error("PROPFIND", url, response, response.status, read_error(response.body)));
  }
  auto multistatus = read_multistatus(response.body);
  if (!multistatus) {
    Error error = std::move(multistatus.error());
    error.message = asked("PROPFIND", url) + ": the server's answer cannot be read (" + error.message + ")";
    error.http_status = response.status;
    return tl::unexpected(std::move(error));
  }
  if (multistatus->responses.empty())
    return fail(ErrorKind::protocol, asked("PROPFIND", url) + ": an empty multistatus");
  // Xandikos answers 207 for what does not exist, and says 404 inside, of an href that is escaped beyond recognition.
  if (const DavResponse& only = multistatus->responses.front(); multistatus->responses.size() == 1 && only.failed()) {
    return tl::unexpected(answer_error("PROPFIND", url, response, only.status, only.error));
  }
  return multistatus;
}

Result<Multistatus> DavClient::propfind(const std::string& url, int depth, std::string_view properties,
                                        Deadline deadline) {
  auto response = ask(url, depth, properties, deadline);
  if (!response) return tl::unexpected(std::move(response.error()));
  return read(url, *response);
}

Result<Found> DavClient::propfind_following(std::string url, int depth, std::string_view properties,
                                            Deadline deadline) {
  for (int redirects = 0; redirects <= 5; ++redirects) {
    auto response = ask(url, depth, properties, deadline);
    if (!response) return tl::unexpected(std::move(response.error()));
    const auto target = is_redirect(response->status) && !response->header("Location").empty()
                            ? resolve_url(url, std::string(response->header("Location")))
                            : std::nullopt;
    if (!target) {
      auto multistatus = read(url, *response);
      if (!multistatus) return tl::unexpected(std::move(multistatus.error()));
      const bool sogo =
          url.find("/SOGo/") != std::string::npos || response->header("Server").find("SOGo") != std::string_view::npos;
      return Found{std::move(url), std::move(*multistatus), sogo};
    }
    if (!trusts(*target)) {
      return fail(ErrorKind::refused,
                  asked("PROPFIND", url) + ": the server redirects to " + parse_url(*target)->origin() +
                      ", which is not trusted with the credentials; set the destination's URL to that "
                      "server, or name its host among the trusted ones");
    }
    url = *target;
  }
  return fail(ErrorKind::protocol, asked("PROPFIND", url) + ": more than five redirects");
}

bool DavClient::trusts(const std::string& url) const {
  const auto parts = parse_url(url);
  return parts && !parts->has_user_info && host_matches(parts->host, trusted_hosts_) &&
         (parts->scheme == "https" || !tls_);
}

Result<void> check_options(const CalDavOptions& options) {
  std::string wrong;
  const auto url = parse_url(options.url);
  if (!url) wrong += "; the URL is not an http or https URL";
  if (url && url->has_user_info) wrong += "; the URL holds a user name or password, which have settings of their own";
  if (url && !url->query.empty()) wrong += "; the URL has a query";
  if (options.max_parallel < 1) wrong += "; at least one connection is needed";
  if (options.connect_timeout.count() <= 0 || options.total_timeout.count() <= 0)
    wrong += "; time-outs must be positive";
  if (!wrong.empty()) return fail(ErrorKind::malformed, "CalDAV destination: " + wrong.substr(2));
  return {};
}

Verdict verdict(const HttpResponse& response) {
  if (response.status != 207) return {response.status, read_error(response.body)};
  Verdict result{207, {}};
  const auto multistatus = read_multistatus(response.body);
  if (!multistatus) return result;
  for (const DavResponse& inner : multistatus->responses) {
    if (inner.failed()) return {inner.status, inner.error};
    if (!inner.failed_property_status.empty()) return {inner.failed_property_status.front(), inner.error};
  }
  return result;
}

}  // namespace calmux::caldav
