#include <chrono>

#include "connectors/caldav/dav_client.h"
#include "connectors/caldav/href.h"

namespace calmux::caldav {
namespace {

std::string_view status_text(int status) {
  switch (status) {
  case 207:
    return " Multi-Status";
  case 400:
    return " Bad Request";
  case 401:
    return " Unauthorized";
  case 403:
    return " Forbidden";
  case 404:
    return " Not Found";
  case 405:
    return " Method Not Allowed";
  case 409:
    return " Conflict";
  case 410:
    return " Gone";
  case 412:
    return " Precondition Failed";
  case 413:
    return " Content Too Large";
  case 415:
    return " Unsupported Media Type";
  case 423:
    return " Locked";
  case 429:
    return " Too Many Requests";
  case 500:
    return " Internal Server Error";
  case 502:
    return " Bad Gateway";
  case 503:
    return " Service Unavailable";
  case 504:
    return " Gateway Timeout";
  case 507:
    return " Insufficient Storage";
  }
  return "";
}

std::string_view advice(int status, ErrorKind kind, bool uid_named) {
  if (uid_named)
    return "; another resource of the account holds this UID: remove it there, or give Calmux a calendar of its own";
  if (status == 507) return "; the server's disk or the account's quota is full: make room";
  if (status == 423) return "; another client holds a lock on it: it is tried again";
  if (status == 415) return "; the server does not take this calendar data";
  if (status == 403)
    return "; the account may not do this here, or the server does not take the content: see the server's log";
  if (status >= 300 && status < 400) return "; set the destination's URL to where the server redirects";
  switch (kind) {
  case ErrorKind::unauthorized:
    return "; check the destination's user name, password and rights";
  case ErrorKind::too_large:
    return "; it is larger than the server accepts: raise the limit there";
  case ErrorKind::rate_limited:
    return "; the server asks to come back later";
  case ErrorKind::unavailable:
  case ErrorKind::timed_out:
    return "; the server, or the proxy before it, is not in service";
  case ErrorKind::peer_failed:
    return "; see the server's log";
  case ErrorKind::protocol:
    return "; the URL may not be that of a CalDAV server";
  case ErrorKind::not_found:
  case ErrorKind::precondition_failed:
  case ErrorKind::refused:
  case ErrorKind::malformed:
  case ErrorKind::unplaceable:
  case ErrorKind::uid_conflict:
  case ErrorKind::database_unavailable:
  case ErrorKind::database_conflict:
  case ErrorKind::database_in_doubt:
  case ErrorKind::database_refused:
  case ErrorKind::internal:
    return "";
  }
  return "";
}

ErrorKind kind_of(std::string_view method, const HttpResponse& response, int status, const DavError& error) {
  // RFC 4791 section 5.3.2.1; Cyrus names RFC 6638's condition (section 3.2.4.1) for the same.
  if (error.names("no-uid-conflict") || error.names("unique-scheduling-object-resource"))
    return ErrorKind::uid_conflict;
  if (error.names("max-resource-size")) return ErrorKind::too_large;
  // RFC 3744 section 7.1.1: the account's rights, not this event; like a wrong password, it concerns every write.
  if (error.names("need-privileges")) return ErrorKind::unauthorized;
  // iCloud throttles with 503; without a delay the server is merely down.
  if (status == 503 && !response.header("Retry-After").empty()) return ErrorKind::rate_limited;
  return classify_http_status(status, method);
}

}  // namespace

// Nothing of the body but the names of DAV conditions goes into the message: servers quote the event they choke on.
Error answer_error(std::string_view method, const std::string& url, const HttpResponse& response, int status,
                   const DavError& error) {
  Error result;
  result.kind = kind_of(method, response, status, error);
  result.http_status = status;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  result.retry_after = parse_retry_after(response.header("Retry-After"), now);
  const auto parts = parse_url(url);
  result.message =
      std::string(method) + " " + (parts ? parts->path : url) + ": the server answered " + std::to_string(status);
  result.message.append(status_text(status));
  if (!error.conditions.empty()) {
    result.message += " (" + error.conditions.front().substr(0, 80);
    if (!error.href.empty()) result.message += " at " + canonical_path(error.href).substr(0, 400);
    result.message += ")";
  }
  if (result.retry_after) result.message += ", come back in " + std::to_string(result.retry_after->count()) + " s";
  result.message.append(advice(status, result.kind, result.kind == ErrorKind::uid_conflict));
  return result;
}

}  // namespace calmux::caldav
