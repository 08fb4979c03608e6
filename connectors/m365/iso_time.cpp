#include "connectors/m365/iso_time.h"

namespace calmux::m365 {
namespace {

using namespace std::chrono;

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  bool skip(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool skip_one_of(std::string_view wanted) {
    if (rest_.empty() || wanted.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  /// One to nine digits after the point, cut to microseconds.
  std::optional<microseconds> fraction() {
    std::int64_t value = 0;
    int read = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      if (++read > 9) return std::nullopt;
      if (read <= 6) value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    if (read == 0) return std::nullopt;
    for (; read < 6; ++read) value *= 10;
    return microseconds{value};
  }

 private:
  std::string_view rest_;
};

std::optional<microseconds> clock(Scanner& in) {
  const auto hour = in.digits(2);
  if (!hour || !in.skip(':')) return std::nullopt;
  const auto minute = in.digits(2);
  if (!minute) return std::nullopt;
  microseconds time = hours{*hour} + minutes{*minute};
  bool exact_hour = *minute == 0;
  if (in.skip(':')) {
    const auto second = in.digits(2);
    if (!second || *second > 60) return std::nullopt;
    time += seconds{*second == 60 ? 59 : *second};  // a leap second has no place in a calendar
    exact_hour = exact_hour && *second == 0;
    if (in.skip('.')) {
      const auto fraction = in.fraction();
      if (!fraction) return std::nullopt;
      exact_hour = exact_hour && fraction->count() == 0;
      time += *fraction;
    }
  }
  if (*minute > 59 || *hour > 24 || (*hour == 24 && !exact_hour)) return std::nullopt;
  return time;
}

/// Whether what is left is an offset, "Z" or nothing.
bool read_offset(Scanner& in, std::optional<seconds>& offset) {
  if (in.done()) return true;
  if (in.skip_one_of("Zz")) {
    offset = seconds{0};
    return in.done();
  }
  const bool west = in.skip('-');
  if (!west && !in.skip('+')) return false;
  const auto hour = in.digits(2);
  if (!hour || *hour > 18) return false;
  minutes size = hours{*hour};
  if (!in.done()) {
    in.skip(':');
    const auto minute = in.digits(2);
    if (!minute || *minute > 59) return false;
    size += minutes{*minute};
  }
  offset = west ? -seconds{size} : seconds{size};
  return in.done();
}

}  // namespace

bool IsoTime::is_sentinel() const {
  const year_month_day day{floor<days>(local)};
  return day.year() <= year{1} ||
         (day.year() == year{9999} && day.month() == December && day.day() == std::chrono::day{31});
}

std::optional<IsoTime> parse_iso_time(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  Scanner in(text);
  const auto y = in.digits(4);
  if (!y || !in.skip('-')) return std::nullopt;
  const auto m = in.digits(2);
  if (!m || !in.skip('-')) return std::nullopt;
  const auto d = in.digits(2);
  if (!d) return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;

  IsoTime time;
  time.local = local_days{date};
  if (in.done()) {
    time.date_only = true;
    return time;
  }
  if (!in.skip_one_of("Tt ")) return std::nullopt;
  const auto of_day = clock(in);
  if (!of_day || !read_offset(in, time.offset)) return std::nullopt;
  time.local += *of_day;
  return time;
}

}  // namespace calmux::m365
