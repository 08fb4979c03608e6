#include "connectors/icalendar/body_zones.h"

#include <algorithm>
#include <mutex>

#include "connectors/icalendar/ical_time.h"
#include "connectors/icalendar/libical.h"
#include "connectors/icalendar/read_date.h"
#include "connectors/icalendar/tzid.h"

namespace calmux::icalendar {

namespace {

using std::chrono::local_seconds;

// What a real VTIMEZONE stays far below: libical lists every change from the rule's first year on, before it answers
// anything.
constexpr std::size_t most_observances = 100;
constexpr std::size_t most_zones = 4;
constexpr int most_years = 2000;
constexpr int last_year = 2100;

/// A rule that gives one change a year, or at worst one a day of a month.
bool is_zone_rule(const std::string& rrule) {
  const std::string rule = upper(rrule);
  const auto has = [&rule](const char* part) { return rule.find(part) != std::string::npos; };
  const bool by_days = has("BYDAY") || has("BYMONTHDAY");
  return has("FREQ=YEARLY") && !has("BYHOUR") && !has("BYMINUTE") && !has("BYSECOND") && !has("BYYEARDAY") &&
         !has("BYWEEKNO") && (!by_days || has("BYMONTH="));
}

/// How many years of changes the observance asks for.
int years_of(const TextNode& observance) {
  const TextLine* const start = observance.find("DTSTART");
  const auto parsed = start == nullptr ? std::nullopt : parse_date_time(start->value);
  if (!parsed || observance.find("RRULE") == nullptr) return 1;
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(parsed->local)};
  return std::max(1, last_year - static_cast<int>(day.year()));
}

/// The zone as libical shall see it: only the properties that matter, without parameters. Empty where it is refused.
std::string zone_text(const TextNode& zone) {
  if (zone.inner.empty() || zone.inner.size() > most_observances) return {};
  std::string text = "BEGIN:VTIMEZONE\r\nTZID:X\r\n";
  int years = 0;
  for (const TextNode& observance : zone.inner) {
    years += years_of(observance);
    if (years > most_years) return {};
    if (observance.name != "STANDARD" && observance.name != "DAYLIGHT") return {};
    text += "BEGIN:" + observance.name + "\r\n";
    for (const TextLine& line : observance.lines) {
      const bool is_rule = line.name == "RRULE";
      if (is_rule && !is_zone_rule(line.value)) return {};
      if (is_rule || line.name == "DTSTART" || line.name == "RDATE" || line.name == "TZOFFSETFROM" ||
          line.name == "TZOFFSETTO") {
        text += line.name + ":" + line.value + "\r\n";
      }
    }
    text += "END:" + observance.name + "\r\n";
  }
  return text + "END:VTIMEZONE\r\n";
}

/// libical keeps the years to which zones are expanded in a variable of its own.
std::mutex& libical_zones() {
  static std::mutex mutex;
  return mutex;
}

/// Null where the text is refused.
ZonePtr parse_zone(const TextNode& node) {
  const std::string text = zone_text(node);
  if (text.empty()) return nullptr;
  warm_up_libical();
  ComponentPtr component(icalparser_parse_string(text.c_str()));
  if (!component || icalcomponent_count_errors(component.get()) > 0) return nullptr;
  ZonePtr zone(icaltimezone_new());
  if (icaltimezone_set_component(zone.get(), component.get()) == 0) return nullptr;
  static_cast<void>(component.release());  // the zone owns it now
  return zone;
}

}  // namespace

struct BodyZones::Parsed {
  ZonePtr zone;
};

BodyZones::BodyZones(const TextNode& calendar) : calendar_(calendar) {}
BodyZones::~BodyZones() = default;

const TextNode* BodyZones::find(std::string_view tzid) const {
  for (const TextNode& node : calendar_.inner) {
    const TextLine* const id = node.name == "VTIMEZONE" ? node.find("TZID") : nullptr;
    if (id != nullptr && id->value == tzid) return &node;
  }
  return nullptr;
}

std::optional<std::string> BodyZones::location(std::string_view tzid) const {
  const TextNode* const zone = find(tzid);
  const TextLine* const line = zone == nullptr ? nullptr : zone->find("X-LIC-LOCATION");
  return line == nullptr ? std::nullopt : resolve_tzid(line->value);
}

std::optional<std::chrono::sys_seconds> BodyZones::instant(std::string_view tzid, local_seconds local) {
  constexpr local_seconds earliest{std::chrono::local_days{std::chrono::year{1900} / 1 / 1}};
  constexpr local_seconds latest{std::chrono::local_days{std::chrono::year{last_year} / 1 / 1}};
  if (local < earliest || local >= latest) return std::nullopt;
  auto known = parsed_.find(tzid);
  if (known == parsed_.end()) {
    if (parsed_.size() == most_zones) return std::nullopt;
    const TextNode* const node = find(tzid);
    auto parsed = std::make_unique<Parsed>();
    if (node != nullptr) parsed->zone = parse_zone(*node);
    known = parsed_.emplace(tzid, std::move(parsed)).first;
  }
  icaltimezone* const zone = known->second->zone.get();
  if (zone == nullptr) return std::nullopt;
  icaltimetype time = as_icaltime(local);
  int is_daylight = 0;
  const std::scoped_lock lock(libical_zones());
  const int offset = icaltimezone_get_utc_offset(zone, &time, &is_daylight);
  return std::chrono::sys_seconds{local.time_since_epoch() - std::chrono::seconds(offset)};
}

}  // namespace calmux::icalendar
