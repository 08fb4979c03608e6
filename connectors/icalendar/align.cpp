#include "connectors/icalendar/align.h"

#include <algorithm>

#include "connectors/icalendar/content_line.h"
#include "connectors/icalendar/read_date.h"
#include "connectors/time_zone.h"

namespace calmux::icalendar {

namespace {

using std::chrono::days;
using std::chrono::local_seconds;
using Kind = DateValue::Kind;

DateValue in_zone_of(const DateValue& model, std::chrono::sys_seconds instant) {
  if (model.kind != Kind::zoned) return DateValue::utc(instant);
  return DateValue::zoned(time_zone::to_local(instant, model.tzid), model.tzid, instant);
}

void plain_utc(DateValue& value) {
  if (value.kind == Kind::zoned && value.tzid == "UTC") value = DateValue::utc(value.instant);
}

void align_end(DateValue& end, const DateValue& start) {
  plain_utc(end);
  if (start.is_date() || end.is_date()) return;
  if (start.kind != end.kind) end = in_zone_of(start, end.instant);
}

void align_to_master(DateValue& value, const DateValue& start) {
  plain_utc(value);
  if (start.is_date()) {
    if (!value.is_date()) value = DateValue::date(std::chrono::year_month_day{std::chrono::floor<days>(value.local)});
  } else if (value.is_date()) {
    // A day named among timed occurrences means the occurrence of that day.
    const local_seconds local = value.local + (start.local - std::chrono::floor<days>(start.local));
    const auto instant = start.kind == Kind::zoned ? time_zone::to_instant(local, start.tzid)
                                                   : std::chrono::sys_seconds{local.time_since_epoch()};
    value = start.kind == Kind::zoned ? DateValue::zoned(local, start.tzid, instant) : DateValue::utc(instant);
  } else if (value.kind != start.kind || value.tzid != start.tzid) {
    value = in_zone_of(start, value.instant);
  }
}

/// UNTIL as the sender wrote it → a date for a series of dates, else an instant in UTC; a bare date includes its whole
/// day.
std::string aligned_until(const std::string& until, const DateValue& start) {
  const auto parsed = parse_date_time(until);
  if (!parsed) return until;
  if (start.is_date()) return format_date(parsed->local);
  if (parsed->form == DateForm::utc) return until;
  local_seconds local = parsed->local;
  if (parsed->form == DateForm::date) local += days(1) - std::chrono::seconds(1);
  const auto instant = start.kind == Kind::zoned ? time_zone::to_instant(local, start.tzid)
                                                 : std::chrono::sys_seconds{local.time_since_epoch()};
  return format_time(local_seconds{instant.time_since_epoch()}) + "Z";
}

void align_until(std::string& rrule, const DateValue& start) {
  std::string upper = rrule;
  std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
  auto at = upper.find("UNTIL=");
  if (at == std::string::npos || (at > 0 && upper[at - 1] != ';')) return;
  at += 6;
  const auto length = std::min(upper.find(';', at), upper.size()) - at;
  rrule.replace(at, length, aligned_until(upper.substr(at, length), start));
}

/// Wall time that comes twice means the first (RFC 5545 section 3.3.5): the second can be said in UTC only.
bool is_second(const DateValue& value) {
  return value.kind == Kind::zoned && time_zone::to_local(value.instant, value.tzid) == value.local &&
         time_zone::to_instant(value.local, value.tzid) != value.instant;
}

void keep_instants(Event& event) {
  if (event.start.is_date() || !(is_second(event.start) || is_second(event.end))) return;
  event.start = DateValue::utc(event.start.instant);
  event.end = DateValue::utc(event.end.instant);
}

}  // namespace

CalendarObject aligned(CalendarObject object) {
  Event& main = object.main;
  plain_utc(main.start);
  align_end(main.end, main.start);
  if (main.recurrence) {
    for (DateValue& date : main.recurrence->exdates) align_to_master(date, main.start);
    for (DateValue& date : main.recurrence->rdates) align_to_master(date, main.start);
    align_until(main.recurrence->rrule, main.start);
  } else {
    keep_instants(main);
  }
  for (Event& event : object.overrides) {
    plain_utc(event.start);
    align_end(event.end, event.start);
    keep_instants(event);
    if (event.recurrence_id) align_to_master(*event.recurrence_id, main.start);
  }
  return object;
}

}  // namespace calmux::icalendar
