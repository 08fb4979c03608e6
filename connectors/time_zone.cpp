#include "connectors/time_zone.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "connectors/time_zone_database.h"

namespace calmux::time_zone {

namespace {

using std::chrono::days;
using std::chrono::local_seconds;
using std::chrono::sys_seconds;

struct Name {
  std::string_view key;
  std::string_view zone;
};

constexpr Name windows_names[] = {
#include "connectors/windows_zones.inc"
};

/// Names that senders use and neither CLDR nor the zone data has, or has as something else than UTC itself.
constexpr Name other_names[] = {
    {"coordinated universal time", "UTC"},
    {"etc/gmt", "UTC"},
    {"etc/greenwich", "UTC"},
    {"etc/uct", "UTC"},
    {"etc/universal", "UTC"},
    {"etc/utc", "UTC"},
    {"etc/zulu", "UTC"},
    {"gmt", "UTC"},
    {"greenwich mean time", "UTC"},
    {"kamchatka standard time", "Asia/Kamchatka"},
    // Windows keeps it for old data. Its zone has been at -02:00 without daylight saving in all zone data since.
    {"mid-atlantic standard time", "Etc/GMT+2"},
    {"tzone://microsoft/utc", "UTC"},
    {"uct", "UTC"},
    {"universal", "UTC"},
    {"utc", "UTC"},
    {"z", "UTC"},
    {"zulu", "UTC"},
};

template <std::size_t size>
std::optional<std::string> look_up(const Name (&table)[size], std::string_view key) {
  const auto found = std::ranges::lower_bound(table, key, {}, &Name::key);
  if (found == std::end(table) || found->key != key) return std::nullopt;
  return std::string(found->zone);
}

/// TZIDs come from outside and become file names in readers: nothing that could be a path elsewhere gets through.
bool is_safe(std::string_view name) {
  return name.size() <= 128 && !name.starts_with('/') && name.find("..") == std::string_view::npos &&
         std::ranges::none_of(name, [](char c) { return c == '\\' || c == 0x7f || (c >= 0 && c < ' '); });
}

/// "(UTC+01:00) Amsterdam, Berlin" and "(GMT+01.00) Amsterdam, Berlin": the offset is ornament, the towns are the name.
std::string_view without_offset(std::string_view key) {
  if (!key.starts_with("(utc") && !key.starts_with("(gmt")) return key;
  const auto end = key.find(')');
  if (end == std::string_view::npos) return key;
  key.remove_prefix(end + 1);
  key.remove_prefix(std::min(key.find_first_not_of(' '), key.size()));
  return key;
}

std::optional<std::string> find_key(std::string_view key) {
  if (auto zone = look_up(other_names, key)) return zone;
  if (auto zone = look_up(windows_names, key)) return zone;
  return zone_named(key);
}

}  // namespace

std::optional<std::string> resolve(std::string_view name) {
  if (!is_safe(name)) return std::nullopt;
  const std::string key = name_key(name);
  if (key.empty() || !is_safe(key)) return std::nullopt;
  if (auto zone = find_key(key)) return zone;
  if (const auto display = without_offset(key); display.size() < key.size()) return look_up(windows_names, display);
  // "Europe/Kyiv (Kiev)"
  if (const auto remark = key.find(" ("); remark != std::string::npos && key.find('/') < remark) {
    return find_key(std::string_view(key).substr(0, remark));
  }
  return std::nullopt;
}

sys_seconds to_instant(local_seconds local, std::string_view tzid) {
  const sys_seconds as_utc{local.time_since_epoch()};
  const Zone* const zone = tzid == "UTC" ? nullptr : find_zone(tzid);
  if (zone == nullptr) return as_utc;
  // No offset reaches a day, so the period a day earlier is at or before the one that is wanted.
  Period period = zone->period_at(as_utc - days(2));
  while (true) {
    const sys_seconds instant = as_utc - period.offset;
    if (instant < period.end) return instant;
    const Period next = zone->period_at(period.end);
    if (as_utc - next.offset < next.begin) return instant;
    period = next;
  }
}

local_seconds to_local(sys_seconds instant, std::string_view tzid) {
  const Zone* const zone = tzid == "UTC" ? nullptr : find_zone(tzid);
  if (zone == nullptr) return local_seconds{instant.time_since_epoch()};
  return local_seconds{instant.time_since_epoch()} + zone->period_at(instant).offset;
}

}  // namespace calmux::time_zone
