#include <algorithm>
#include <array>
#include <charconv>

#include "connectors/http_client.h"

namespace calmux {
namespace {

bool same_name(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return lower(a) == lower(b);
  });
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size();
}

// IMF-fixdate, RFC 9110 section 5.6.7: the only form that a sender may produce ("Sun, 06 Nov 1994 08:49:37 GMT").
std::optional<std::chrono::sys_seconds> read_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  unsigned day = 0;
  int year = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (month == months.end() || !read_number(text.substr(5, 2), day) || !read_number(text.substr(12, 4), year) ||
      !read_number(text.substr(17, 2), hour) || !read_number(text.substr(20, 2), minute) ||
      !read_number(text.substr(23, 2), second)) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month - months.begin()) + 1},
                                         std::chrono::day{day}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second};
}

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [&](const auto& entry) { return same_name(entry.first, name); });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

ErrorKind classify_http_status(int status, std::string_view method) {
  switch (status) {
  case 401:
  case 407:
    return ErrorKind::unauthorized;
  case 404:
  case 410:
    return ErrorKind::not_found;
  case 405:
    // RFC 4791 section 5.3.1: MKCALENDAR on what is there already. Elsewhere the method is not for this resource.
    return method == "MKCALENDAR" ? ErrorKind::precondition_failed : ErrorKind::refused;
  case 408:
  case 504:
    return ErrorKind::timed_out;
  case 412:
    return ErrorKind::precondition_failed;
  case 413:
    return ErrorKind::too_large;
  case 423:  // RFC 4918 section 11.3: another client holds a lock on this resource, and will let go of it
  case 424:
  case 507:  // RFC 4918 section 11.5: full, until somebody makes room
    return ErrorKind::peer_failed;
  case 425:
  case 429:
    return ErrorKind::rate_limited;
  case 502:
  case 503:
    return ErrorKind::unavailable;
  case 501:
  case 505:
    return ErrorKind::refused;
  }
  if (status >= 500 && status < 600) return ErrorKind::peer_failed;
  if (status >= 400) return status < 500 ? ErrorKind::refused : ErrorKind::protocol;
  return ErrorKind::protocol;
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::chrono::sys_seconds now) {
  constexpr std::chrono::seconds longest = std::chrono::days{1};
  if (!value.empty() && std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    long seconds = 0;
    if (!read_number(value, seconds)) return longest;  // out of range
    return std::min(std::chrono::seconds{seconds}, longest);
  }
  const auto date = read_date(value);
  if (!date) return std::nullopt;
  return std::clamp(*date - now, std::chrono::seconds{0}, longest);
}

}  // namespace calmux
