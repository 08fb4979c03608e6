#include "connectors/m365/global_object_id.h"

#include <algorithm>

#include "mappings/fields/text_limit.h"

namespace calmux::m365 {
namespace {

constexpr std::string_view prefix = "040000008200E00074C5B7101A82E008";
constexpr std::string_view foreign_mark = "7643616C2D55696401000000";  // "vCal-Uid", 1
constexpr std::size_t date_at = 32;
constexpr std::size_t data_at = 80;  // after prefix, date, creation time, padding and size

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int number(std::string_view hex) {
  int value = 0;
  for (const char c : hex) value = value * 16 + nibble(c);
  return value;
}

std::optional<std::chrono::year_month_day> instance_date(std::string_view hex) {
  const std::chrono::year_month_day date{std::chrono::year{number(hex.substr(0, 4))},
                                         std::chrono::month{static_cast<unsigned>(number(hex.substr(4, 2)))},
                                         std::chrono::day{static_cast<unsigned>(number(hex.substr(6, 2)))}};
  if (!date.ok()) return std::nullopt;
  return date;
}

/// The UID that another calendar system gave; nothing where the data does not hold a printable one.
std::optional<std::string> foreign_uid(std::string_view data) {
  if (data.substr(0, foreign_mark.size()) != foreign_mark) return std::nullopt;
  std::string uid;
  for (std::size_t at = foreign_mark.size(); at + 1 < data.size(); at += 2) {
    const int byte = number(data.substr(at, 2));
    if (byte == 0) break;
    uid += static_cast<char>(byte);
  }
  if (uid.empty() || fields::clean_line(uid) != uid) return std::nullopt;
  return uid;
}

}  // namespace

SeriesUid series_uid(std::string_view ical_uid) {
  std::string hex(ical_uid);
  std::transform(hex.begin(), hex.end(), hex.begin(),
                 [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c; });
  const bool global = hex.size() >= data_at && hex.compare(0, prefix.size(), prefix) == 0 &&
                      std::all_of(hex.begin(), hex.end(), [](char c) { return nibble(c) >= 0; });
  if (!global) return {std::string(ical_uid), std::nullopt};

  SeriesUid result;
  result.instance = instance_date(std::string_view(hex).substr(date_at, 8));
  if (auto foreign = foreign_uid(std::string_view(hex).substr(data_at))) {
    result.uid = *std::move(foreign);
    return result;
  }
  result.uid = hex.replace(date_at, 8, 8, '0');
  return result;
}

}  // namespace calmux::m365
