#pragma once

#include <string>
#include <utility>
#include <vector>

#include "middleware/webhook.h"

namespace calmux::testing {

using Read = tl::expected<Webhook, WebhookRefusal>;

inline HttpRequest post(std::string body, std::vector<HttpHeader> headers = {}) {
  HttpRequest request;
  request.method = "POST";
  request.path = "/api/webhook/event";
  request.headers = std::move(headers);
  request.body = std::move(body);
  return request;
}

/// An iCalendar object with these lines in its one VEVENT, beside UID, DTSTAMP, DTSTART and DTEND.
inline std::string calendar(const std::string& uid, const std::string& lines = {}) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:" + uid +
         "\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261120T120000Z\r\nDTEND:20261120T130000Z\r\n" + lines +
         "END:VEVENT\r\nEND:VCALENDAR\r\n";
}

inline HttpRequest post_calendar(std::string body, std::vector<HttpHeader> headers = {}) {
  headers.push_back({"Content-Type", "text/calendar"});
  return post(std::move(body), std::move(headers));
}

inline Read read(const HttpRequest& request, std::optional<Operation> by_path = std::nullopt) {
  return read_webhook(request, by_path, "work", "r-1");
}

}  // namespace calmux::testing
