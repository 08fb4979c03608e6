#include "connectors/icalendar/read_date.h"

#include <algorithm>

namespace calmux::icalendar {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The number that `text` consists of, or -1.
int number(std::string_view text) {
  if (text.empty() || text.size() > 8 || !std::ranges::all_of(text, is_digit)) return -1;
  int value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return value;
}

}  // namespace

std::optional<ParsedDate> parse_date_time(std::string_view text) {
  const bool dated = text.size() == 8;
  const bool utc = text.size() == 16 && (text[15] == 'Z' || text[15] == 'z');
  if (!dated && !utc && text.size() != 15) return std::nullopt;
  const int year = number(text.substr(0, 4));
  const int month = number(text.substr(4, 2));
  const int day = number(text.substr(6, 2));
  if (year < 1 || month < 1 || day < 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  ParsedDate parsed{DateForm::date, std::chrono::local_days{date}};
  if (dated) return parsed;

  const int hour = number(text.substr(9, 2));
  const int minute = number(text.substr(11, 2));
  const int second = number(text.substr(13, 2));
  if ((text[8] != 'T' && text[8] != 't') || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 60) {
    return std::nullopt;
  }
  parsed.form = utc ? DateForm::utc : DateForm::local;
  parsed.local += std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(std::min(second, 59));
  return parsed;
}

std::optional<ParsedDuration> parse_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (!text.starts_with('P') && !text.starts_with('p')) return std::nullopt;
  text.remove_prefix(1);
  ParsedDuration duration;
  bool in_time = false;
  bool any = false;
  while (!text.empty()) {
    if (!in_time && (text.front() == 'T' || text.front() == 't')) {
      in_time = true;
      text.remove_prefix(1);
      continue;
    }
    const auto digits = static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
    const int amount = number(text.substr(0, digits));
    if (amount < 0 || digits == text.size()) return std::nullopt;
    const char unit = text[digits] >= 'a' ? static_cast<char>(text[digits] - 'a' + 'A') : text[digits];
    text.remove_prefix(digits + 1);
    any = true;
    if (!in_time && unit == 'W') {
      duration.days += std::chrono::days(7) * amount;
    } else if (!in_time && unit == 'D') {
      duration.days += std::chrono::days(amount);
    } else if (in_time && unit == 'H') {
      duration.time += std::chrono::hours(amount);
    } else if (in_time && unit == 'M') {
      duration.time += std::chrono::minutes(amount);
    } else if (in_time && unit == 'S') {
      duration.time += std::chrono::seconds(amount);
    } else {
      return std::nullopt;
    }
  }
  if (!any) return std::nullopt;
  if (negative) return ParsedDuration{-duration.days, -duration.time};
  return duration;
}

}  // namespace calmux::icalendar
