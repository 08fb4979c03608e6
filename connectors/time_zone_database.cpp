#include "connectors/time_zone_database.h"

#include <date/tz.h>

#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>

namespace calmux::time_zone {

namespace {

using std::chrono::sys_seconds;

constexpr const char* zoneinfo = "/usr/share/zoneinfo/";

/// The last line of a TZif file (RFC 8536 section 3.3), which the date library does not read.
std::optional<Rule> footer_of(const std::string& tzid) {
  std::ifstream file(zoneinfo + tzid, std::ios::binary);
  file.seekg(0, std::ios::end);
  const auto size = static_cast<std::streamoff>(file.tellg());
  if (!file || size < 44) return std::nullopt;
  const std::streamoff tail = std::min<std::streamoff>(size, 128);
  std::string text(static_cast<std::size_t>(tail), '\0');
  file.seekg(-tail, std::ios::end);
  file.read(text.data(), tail);
  if (!file || text.back() != '\n') return std::nullopt;
  text.pop_back();
  const auto start = text.rfind('\n');
  return start == std::string::npos ? std::nullopt : parse_rule(std::string_view(text).substr(start + 1));
}

/// Null where the machine has no zone data: then no name but UTC resolves.
const date::tzdb* database() {
  static const date::tzdb* const loaded = []() -> const date::tzdb* {
    try {
      return &date::get_tzdb();
    } catch (const std::exception&) {
      return nullptr;
    }
  }();
  return loaded;
}

char folded(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == '_' ? ' ' : c;
}

/// The folder holds files that are no zones anybody lives in: "posixrules", "localtime", "Factory".
bool is_place(std::string_view name) {
  return name[0] >= 'A' && name[0] <= 'Z' && name != "Factory";
}

}  // namespace

Zone::Zone(const date::time_zone* data, const std::string& tzid) : data_(data), rule_(footer_of(tzid)) {
  // Beyond the last transition the library reports one endless period, whose begin is that transition.
  last_ = listed(sys_seconds{std::chrono::sys_days{std::chrono::year{9999} / 1 / 1}}).begin;
  if (last_ < sys_seconds{std::chrono::sys_days{std::chrono::year{-9999} / 1 / 1}}) last_ = sys_seconds::min();
}

Period Zone::listed(sys_seconds instant) const {
  const date::sys_info info = data_->get_info(instant);
  return {info.begin, info.end, info.offset, info.save != std::chrono::minutes(0), info.abbrev};
}

Period Zone::period_at(sys_seconds instant) const {
  if (instant < last_ || !rule_) return listed(instant);
  Period period = rule_->period_at(instant);
  if (period.begin < last_) period.begin = last_;
  return period;
}

std::string name_key(std::string_view name) {
  constexpr std::string_view around = " \t\"'";
  const auto first = name.find_first_not_of(around);
  if (first == std::string_view::npos) return {};
  name = name.substr(first, name.find_last_not_of(around) - first + 1);
  std::string key;
  key.reserve(name.size());
  for (const char c : name) {
    const char plain = folded(c);
    if (plain != ' ' || (!key.empty() && key.back() != ' ')) key.push_back(plain);
  }
  return key;
}

std::optional<std::string> zone_named(std::string_view key) {
  const date::tzdb* const data = database();
  if (data == nullptr || key.empty()) return std::nullopt;
  for (const date::time_zone& zone : data->zones) {
    const std::string& name = zone.name();
    if (name.size() == key.size() && is_place(name) &&
        std::equal(name.begin(), name.end(), key.begin(), [](char a, char b) { return folded(a) == b; })) {
      return name;
    }
  }
  return std::nullopt;
}

const Zone* find_zone(std::string_view tzid) {
  static std::shared_mutex mutex;
  static std::map<std::string, std::unique_ptr<const Zone>, std::less<>> zones;
  {
    const std::shared_lock lock(mutex);
    if (const auto found = zones.find(tzid); found != zones.end()) return found->second.get();
  }
  const date::tzdb* const data = database();
  if (data == nullptr) return nullptr;
  const auto found = std::ranges::find(data->zones, tzid, &date::time_zone::name);
  if (found == data->zones.end()) return nullptr;
  const std::unique_lock lock(mutex);
  auto& zone = zones[std::string(tzid)];
  if (!zone) {
    try {
      zone = std::make_unique<const Zone>(&*found, std::string(tzid));
    } catch (const std::exception&) {
      zones.erase(std::string(tzid));
      return nullptr;
    }
  }
  return zone.get();
}

}  // namespace calmux::time_zone
