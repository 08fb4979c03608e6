#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "connectors/http_client.h"
#include "connectors/icalendar/tzid.h"
#include "connectors/icalendar/vtimezone.h"
#include "connectors/m365/global_object_id.h"
#include "connectors/m365/iso_time.h"
#include "connectors/m365/times.h"
#include "connectors/time_zone.h"
#include "connectors/time_zone_database.h"
#include "connectors/time_zone_rule.h"
#include "mappings/date_text.h"
#include "tests/fuzz/property.h"

namespace calmux::fuzz {
namespace {

using namespace std::chrono;

void try_iso(std::string_view text) {
  static_cast<void>(m365::occurrence_date(text));
  const auto time = m365::parse_iso_time(text);
  if (!time) return;
  require(time->local >= local_days{year{0} / 1 / 1} && time->local <= local_days{year{10000} / 1 / 1},
          "four digits are a year", text);
  require(!time->offset || abs(*time->offset) < hours{19}, "an offset is less than a day", text);
  if (time->is_sentinel() || time->date_only || time->local >= local_days{year{9999} / 12 / 31}) return;
  const auto stored = source_time_from_text(to_text(time->instant()));
  require(stored && *stored == time->instant(), "a moment reads as it was stored", text);
}

void try_stored(std::string_view text) {
  if (const auto value = date_value_from_text(text)) {
    const auto again = date_value_from_text(to_text(*value));
    require(again && *again == *value, "a date reads as it was stored", text);
    static_cast<void>(visible_text(*value));
  }
  if (const auto moment = source_time_from_text(text))
    require(source_time_from_text(to_text(*moment)) == moment, "a moment reads as it was stored", text);
}

void try_rule(std::string_view text, sys_seconds at) {
  const auto rule = time_zone::parse_rule(text);
  if (!rule) return;
  const auto period = rule->period_at(at);
  require(period.begin <= at && at < period.end, "an instant lies in its period", text);
}

void try_zone(std::string_view name, sys_seconds at) {
  const auto zone = time_zone::resolve(name);
  const auto tzid = icalendar::resolve_tzid(name);
  require(!zone || time_zone::resolve(*zone) == zone, "a zone's name means itself", name);
  require(!zone || tzid == zone, "a TZID may be a zone's name", name);
  if (!tzid) return;
  require(*tzid == "UTC" || time_zone::find_zone(*tzid) != nullptr, "what a name means is there", *tzid);
  const auto local = time_zone::to_local(at, *tzid);
  const auto back = time_zone::to_instant(local, *tzid);
  require(back <= at && at - back <= hours{25}, "of a time that comes twice the first is meant", *tzid);
  require(time_zone::to_local(back, *tzid) == local, "an instant shows its wall time", *tzid);
  const auto next = time_zone::to_instant(local + days{1}, *tzid);
  require(next > back, "a day later is later", *tzid);
  if (*tzid == "UTC") return;
  const auto text = icalendar::vtimezone(*tzid, at, at);
  require(text.find("TZID:" + *tzid + "\r\n") != std::string::npos, "a zone can be written", *tzid);
}

}  // namespace
}  // namespace calmux::fuzz

// Four octets choose an instant between the years 1900 and 2172; the rest is a text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace calmux;
  using namespace calmux::fuzz;
  std::uint32_t choice = 0;
  if (size < sizeof choice) return 0;
  std::memcpy(&choice, data, sizeof choice);
  const sys_seconds at = sys_days{year{1900} / 1 / 1} + seconds{std::int64_t{2} * choice};
  const auto text = text_of(data + sizeof choice, size - sizeof choice);
  try_iso(text);
  try_stored(text);
  try_rule(text, at);
  try_zone(text, at);
  const auto uid = m365::series_uid(text);
  require(!is_utf8(text) || is_utf8(uid.uid), "a UID is text", text);
  require(!uid.instance || uid.instance->ok(), "an occurrence's date is one", text);
  if (const auto delay = parse_retry_after(text, at))
    require(*delay >= seconds{0} && *delay <= hours{24}, "a delay is at most a day", text);
  return 0;
}
