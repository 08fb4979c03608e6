#include "mappings/date_text.h"

#include <array>
#include <cstdio>

namespace calmux {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

std::string day_text(local_seconds at) {
  const std::chrono::year_month_day day{floor<days>(at)};
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02u-%02u", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  return out.data();
}

std::string clock_text(local_seconds at) {
  const auto second = static_cast<int>((at - floor<days>(at)).count());
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "T%02d:%02d:%02d", second / 3600, second / 60 % 60, second % 60);
  return out.data();
}

std::string offset_text(seconds offset) {
  const auto size = static_cast<int>(offset.count() < 0 ? -offset.count() : offset.count());
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%c%02d:%02d", offset.count() < 0 ? '-' : '+', size / 3600, size / 60 % 60);
  std::string text = out.data();
  // Zones had offsets with seconds before they were standardised.
  if (size % 60 != 0) {
    std::snprintf(out.data(), out.size(), ":%02d", size % 60);
    text += out.data();
  }
  return text;
}

/// Reads from the front of a text, and remembers whether all went well.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }
  std::string_view rest() const { return rest_; }

  bool skip(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char wanted) { ok_ = skip(wanted) && ok_; }

  int digits(std::size_t at_least, std::size_t at_most) {
    int value = 0;
    std::size_t read = 0;
    while (read < at_most && !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
      ++read;
    }
    ok_ = ok_ && read >= at_least;
    return value;
  }

  void require(bool condition) { ok_ = ok_ && condition; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

local_seconds read_day(Cursor& in) {
  const int year = in.digits(4, 5);
  in.require(year <= static_cast<int>(std::chrono::year::max()));
  in.expect('-');
  const auto month = static_cast<unsigned>(in.digits(2, 2));
  in.expect('-');
  const auto day = static_cast<unsigned>(in.digits(2, 2));
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  in.require(date.ok());
  return in.ok() ? local_seconds{std::chrono::local_days{date}.time_since_epoch()} : local_seconds{};
}

seconds read_clock(Cursor& in) {
  in.expect('T');
  const int hour = in.digits(2, 2);
  in.expect(':');
  const int minute = in.digits(2, 2);
  in.expect(':');
  const int second = in.digits(2, 2);
  in.require(hour < 24 && minute < 60 && second < 60);
  return hours{hour} + minutes{minute} + seconds{second};
}

}  // namespace

std::string visible_text(const DateValue& value) {
  switch (value.kind) {
  case DateValue::Kind::date:
    return day_text(value.local);
  case DateValue::Kind::utc:
    return day_text(value.local) + clock_text(value.local) + "Z";
  case DateValue::Kind::zoned:
    return day_text(value.local) + clock_text(value.local) + "[" + value.tzid + "]";
  }
  return {};
}

std::string to_text(const DateValue& value) {
  if (value.kind != DateValue::Kind::zoned) return visible_text(value);
  const seconds offset = value.local.time_since_epoch() - value.instant.time_since_epoch();
  return day_text(value.local) + clock_text(value.local) + offset_text(offset) + "[" + value.tzid + "]";
}

std::optional<DateValue> date_value_from_text(std::string_view text) {
  Cursor in(text);
  const local_seconds day = read_day(in);
  if (in.done()) return DateValue::date(std::chrono::year_month_day{floor<days>(day)});
  const local_seconds local = day + read_clock(in);
  if (!in.ok()) return std::nullopt;
  if (in.skip('Z')) {
    if (!in.done()) return std::nullopt;
    return DateValue::utc(sys_seconds{local.time_since_epoch()});
  }
  const bool west = in.skip('-');
  if (!west) in.expect('+');
  seconds offset = hours{in.digits(2, 3)};
  in.expect(':');
  offset += minutes{in.digits(2, 2)};
  if (in.skip(':')) offset += seconds{in.digits(2, 2)};
  in.expect('[');
  if (!in.ok() || in.rest().size() < 2 || in.rest().back() != ']') return std::nullopt;
  std::string tzid(in.rest().substr(0, in.rest().size() - 1));
  return DateValue::zoned(local, std::move(tzid), sys_seconds{local.time_since_epoch() - (west ? -offset : offset)});
}

std::string to_text(SourceTime time) {
  const auto whole = floor<seconds>(time);
  const local_seconds local{whole.time_since_epoch()};
  std::string text = day_text(local) + clock_text(local);
  if (const auto fraction = (time - whole).count(); fraction != 0) {
    std::array<char, 32> out{};
    std::snprintf(out.data(), out.size(), ".%06lld", static_cast<long long>(fraction));
    text += out.data();
  }
  return text + "Z";
}

std::optional<SourceTime> source_time_from_text(std::string_view text) {
  Cursor in(text);
  const local_seconds day = read_day(in);
  const local_seconds local = day + read_clock(in);
  SourceTime time{local.time_since_epoch()};
  if (in.skip('.')) time += std::chrono::microseconds{in.digits(6, 6)};
  in.expect('Z');
  if (!in.done()) return std::nullopt;
  return time;
}

}  // namespace calmux
