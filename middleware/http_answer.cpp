#include "middleware/http_answer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <utility>

#include "middleware/http_text.h"

namespace calmux {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 29> kPhrases{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
}};

bool is_reserved(std::string_view name) {
  constexpr std::array<std::string_view, 5> kReserved{"Content-Length", "Transfer-Encoding", "Connection", "Date",
                                                      "Content-Type"};
  return std::any_of(kReserved.begin(), kReserved.end(),
                     [&](std::string_view reserved) { return equal_ignoring_case(name, reserved); });
}

/// Written by hand, since strftime would name days and months in the process's locale.
std::string_view current_date() {
  constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  thread_local std::time_t written_for = -1;
  thread_local std::string written;
  const std::time_t now = std::time(nullptr);
  if (now != written_for) {
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    const auto digits = [](int value, std::size_t width) {
      std::string text = std::to_string(value);
      return std::string(width - std::min(width, text.size()), '0') + text;
    };
    written = std::string(kDays.substr(static_cast<std::size_t>(utc.tm_wday) * 3, 3)) + ", " + digits(utc.tm_mday, 2) +
              " " + std::string(kMonths.substr(static_cast<std::size_t>(utc.tm_mon) * 3, 3)) + " " +
              digits(utc.tm_year + 1900, 4) + " " + digits(utc.tm_hour, 2) + ":" + digits(utc.tm_min, 2) + ":" +
              digits(utc.tm_sec, 2) + " GMT";
    written_for = now;
  }
  return written;
}

void add_field(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view http_reason_phrase(int status) {
  const auto found = std::find_if(kPhrases.begin(), kPhrases.end(), [&](auto& known) { return known.first == status; });
  return found == kPhrases.end() ? std::string_view() : found->second;
}

HttpAnswer write_http_answer(HttpResponse response, bool to_head, bool close) {
  // A handler that answers with an interim or impossible status would leave the client waiting.
  const int status = response.status >= 200 && response.status <= 599 ? response.status : 500;
  const bool has_content = status != 204 && status != 304;
  HttpAnswer answer;
  answer.head.reserve(256);
  answer.head.append("HTTP/1.1 ").append(std::to_string(status)).append(" ");
  answer.head.append(http_reason_phrase(status)).append("\r\n");
  add_field(answer.head, "Date", current_date());
  if (has_content) {
    if (!response.content_type.empty() && is_header_value(response.content_type))
      add_field(answer.head, "Content-Type", response.content_type);
    add_field(answer.head, "Content-Length", std::to_string(response.body.size()));
  }
  add_field(answer.head, "Connection", close ? "close" : "keep-alive");
  for (const auto& field : response.headers) {
    if (is_http_token(field.name) && is_header_value(field.value) && !is_reserved(field.name))
      add_field(answer.head, field.name, field.value);
  }
  answer.head.append("\r\n");
  if (has_content && !to_head) answer.body = std::move(response.body);
  return answer;
}

}  // namespace calmux
