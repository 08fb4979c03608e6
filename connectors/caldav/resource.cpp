#include "connectors/caldav/resource.h"

#include <utility>

#include "connectors/caldav/href.h"

namespace calmux::caldav {
namespace {

// 207 is not among them: it reports a failure (RFC 4918 section 13), with which Xandikos answers a PUT that it refuses.
bool succeeded(const HttpResponse& response) {
  return response.status == 200 || response.status == 201 || response.status == 204;
}

bool is_calendar_text(const HttpResponse& response) {
  return response.header("Content-Type").starts_with("text/calendar") || response.body.starts_with("BEGIN:VCALENDAR");
}

}  // namespace

Resource::Resource(DavClient& client, Calendar calendar, std::string href, Deadline deadline)
    : client_(client),
      calendar_(std::move(calendar)),
      href_(std::move(href)),
      url_(calendar_.origin + href_),
      deadline_(deadline) {}

Result<Written> Resource::create(const std::string& body) {
  if (calendar_.read_first) {
    const auto there = look();
    if (!there) return tl::unexpected(there.error());
    if (*there) return tl::unexpected(changed("PUT", ErrorKind::precondition_failed, "something is there already"));
  }
  const auto response = put("If-None-Match", "*", body);
  if (!response) return tl::unexpected(response.error());
  if (succeeded(*response)) return written(*response);
  Error error = failure("PUT", *response);
  if (error.kind == ErrorKind::precondition_failed) {
    // 412 is not always about If-None-Match: DAViCal and Xandikos answer it to content that they do not take.
    if (const auto there = look(); there && !*there) {
      error.kind = ErrorKind::refused;
      error.message += ", although nothing is there: it does not take this event";
    }
  }
  return tl::unexpected(std::move(error));
}

Result<Written> Resource::update(const std::string& etag, const std::string& body) {
  if (calendar_.read_first) {
    if (auto held = look_first("PUT", etag, ErrorKind::precondition_failed); !held)
      return tl::unexpected(std::move(held.error()));
  }
  const auto response = send_matching(etag, [&](const std::string& value) { return put("If-Match", value, body); });
  if (!response) return tl::unexpected(response.error());
  if (succeeded(*response)) return written(*response);
  Error error = failure("PUT", *response);
  if (error.kind == ErrorKind::precondition_failed) {
    if (const auto there = look(); there && *there && canonical_etag(**there) == etag) {
      error.kind = ErrorKind::refused;
      error.message += ", although the ETag holds: it does not take this event";
    }
  }
  return tl::unexpected(std::move(error));
}

Result<void> Resource::remove(const std::string& etag) {
  if (calendar_.read_first) {
    if (auto held = look_first("DELETE", etag, ErrorKind::not_found); !held) return held;
  }
  const auto response = send_matching(etag, [&](const std::string& value) { return erase(value); });
  if (!response) return tl::unexpected(response.error());
  if (succeeded(*response)) return {};
  Error error = failure("DELETE", *response);
  if (error.kind == ErrorKind::precondition_failed) {
    // RFC 9110 section 13.1.1: If-Match fails on what does not exist, too.
    if (const auto there = look(); there && !*there)
      return tl::unexpected(changed("DELETE", ErrorKind::not_found, "it is gone already"));
  }
  return tl::unexpected(std::move(error));
}

Result<RemoteObject> Resource::fetch() {
  std::string etag;
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto response = client_.send("GET", url_, {{"Accept", "text/calendar"}}, {}, deadline_);
    if (!response) return tl::unexpected(std::move(response.error()));
    if (response->status != 200) {
      return tl::unexpected(answer_error("GET", url_, *response, response->status, read_error(response->body)));
    }
    if (!is_calendar_text(*response)) {
      return fail(ErrorKind::protocol,
                  "GET " + href_ + ": the server answered 200 with something that is no calendar data");
    }
    if (std::string named = canonical_etag(response->header("ETag")); !named.empty()) etag = std::move(named);
    if (!etag.empty()) return RemoteObject{href_, std::move(etag), std::move(response->body)};
    // Asked before the body is read again: should somebody write in between, the ETag is the older one, and a write
    // with it fails.
    auto looked = look();
    if (!looked) return tl::unexpected(std::move(looked.error()));
    if (!*looked) return tl::unexpected(changed("GET", ErrorKind::not_found, "nothing is there"));
    etag = canonical_etag(**looked);
  }
  return fail(ErrorKind::internal, "GET " + href_ + ": no ETag after two attempts");
}

Result<std::optional<std::string>> Resource::look() {
  const auto found = client_.propfind(url_, 0, "<D:getetag/>", deadline_);
  if (!found) {
    if (found.error().kind == ErrorKind::not_found) return std::nullopt;
    return tl::unexpected(found.error());
  }
  const DavResponse& self = found->responses.front();
  if (!self.properties.etag || canonical_etag(*self.properties.etag).empty()) {
    return fail(ErrorKind::protocol,
                "PROPFIND " + href_ + ": the server names no ETag, without which nothing can be written safely");
  }
  return self.properties.etag;
}

Result<HttpResponse> Resource::put(const char* condition, const std::string& value, const std::string& body) {
  return client_.send("PUT", url_, {{"Content-Type", "text/calendar; charset=utf-8"}, {condition, value}}, body,
                      deadline_);
}

Result<HttpResponse> Resource::erase(const std::string& etag) {
  return client_.send("DELETE", url_, {{"If-Match", etag}}, {}, deadline_);
}

template <class Send>
Result<HttpResponse> Resource::send_matching(const std::string& etag, Send send) {
  Result<HttpResponse> response = send(etag);
  if (!response || response->status != 412) return response;
  // RFC 9110 section 13.1.1 compares strongly, so that a weak ETag never matches as it is, and ours go without `W/`. A
  // server that hands out weak ones and compares them letter by letter, or leaves out the quotes, wants its own
  // spelling.
  const auto now = look();
  if (now && *now && **now != etag && canonical_etag(**now) == etag) return send(**now);
  return response;
}

Result<void> Resource::look_first(std::string_view method, const std::string& etag, ErrorKind missing) {
  const auto there = look();
  if (!there) return tl::unexpected(there.error());
  if (!*there) return tl::unexpected(changed(method, missing, "it is gone already"));
  if (canonical_etag(**there) != etag)
    return tl::unexpected(changed(method, ErrorKind::precondition_failed, "somebody else changed it"));
  return {};
}

Result<Written> Resource::written(const HttpResponse& response) {
  if (std::string etag = canonical_etag(response.header("ETag")); !etag.empty()) return Written{std::move(etag)};
  // RFC 4791 section 5.3.4: no ETag where what is stored differs from what was sent. iCloud, and Cyrus where it gives a
  // Schedule-Tag.
  const auto etag = look();
  if (!etag) return tl::unexpected(etag.error());
  if (!*etag)
    return tl::unexpected(
        changed("PUT", ErrorKind::precondition_failed, "it was written, and somebody else removed it at once"));
  return Written{canonical_etag(**etag)};
}

bool Resource::calendar_is_gone() {
  const auto found = client_.propfind(calendar_.url, 0, "<D:resourcetype/>", deadline_);
  return !found && found.error().kind == ErrorKind::not_found;
}

Error Resource::failure(std::string_view method, const HttpResponse& response) {
  const Verdict said = verdict(response);
  Error error = answer_error(method, url_, response, said.status, said.error);
  if (error.kind == ErrorKind::uid_conflict) return error;
  // To a PUT into a missing calendar Radicale answers 409, DAViCal 405, Cyrus 403, others 404; each of them means other
  // things as well.
  const bool unclear =
      said.status == 403 || said.status == 404 || said.status == 405 || said.status == 409 || said.status == 410;
  if (!unclear) return error;
  if (calendar_is_gone()) {
    error.kind = ErrorKind::not_found;
    error.message = std::string(method) + " " + href_ + ": the server answered " + std::to_string(said.status) +
                    ", the calendar " + calendar_.path + " is gone";
  } else if (method == "PUT" && said.status == 409 && said.error.conditions.empty()) {
    // With the collection there, RFC 4918 section 9.7.1 leaves no reason for a 409. SOGo means the UID.
    error.kind = ErrorKind::uid_conflict;
    error.message += "; most likely another resource of the account holds this UID";
  } else if (method == "PUT" && error.kind == ErrorKind::not_found) {
    error.kind = ErrorKind::refused;  // iCloud, to an event that it does not like
    error.message += ", although the calendar is there: it does not take this event";
  }
  return error;
}

Error Resource::changed(std::string_view method, ErrorKind kind, std::string_view what) const {
  return Error{kind, std::string(method) + " " + href_ + ": " + std::string(what), std::nullopt, std::nullopt};
}

}  // namespace calmux::caldav
