#include <algorithm>
#include <map>

#include "connectors/icalendar/align.h"
#include "connectors/icalendar/calendar_object_text.h"
#include "connectors/icalendar/content_line.h"
#include "connectors/icalendar/libical_check.h"
#include "connectors/icalendar/read_date.h"
#include "connectors/icalendar/vtimezone.h"
#include "mappings/fields/event_properties.h"

namespace calmux::icalendar {

namespace {

using std::chrono::sys_days;
using std::chrono::sys_seconds;

/// What of a zone's history an object needs.
struct Span {
  sys_seconds first = sys_seconds::max();
  sys_seconds last = sys_seconds::min();
  bool endless = false;
};
using Spans = std::map<std::string, Span, std::less<>>;

void include(Spans& spans, const DateValue& value) {
  if (value.kind != DateValue::Kind::zoned) return;
  Span& span = spans[value.tzid];
  span.first = std::min(span.first, value.instant);
  span.last = std::max(span.last, value.instant);
}

/// The last instant a rule can reach where it says so; a series without UNTIL goes on.
void include_recurrence(Spans& spans, const Event& main) {
  for (const DateValue& date : main.recurrence->exdates) include(spans, date);
  for (const DateValue& date : main.recurrence->rdates) include(spans, date);
  const std::string& rrule = main.recurrence->rrule;
  if (rrule.empty()) return;
  std::optional<ParsedDate> until;
  if (const auto at = rrule.find("UNTIL="); at != std::string::npos) {
    until = parse_date_time(std::string_view(rrule).substr(at + 6, rrule.find(';', at) - at - 6));
  }
  for (const DateValue* date : {&main.start, &main.end}) {
    const auto span = spans.find(date->tzid);
    if (date->kind != DateValue::Kind::zoned || span == spans.end()) continue;
    if (until) {
      const sys_seconds end{until->local.time_since_epoch() + (main.end.instant - main.start.instant)};
      span->second.last = std::max(span->second.last, end + std::chrono::days(1));
    } else {
      span->second.endless = true;
    }
  }
}

Spans spans_of(const CalendarObject& object) {
  Spans spans;
  const auto include_event = [&](const Event& event) {
    include(spans, event.start);
    include(spans, event.end);
    if (event.recurrence_id) include(spans, *event.recurrence_id);
  };
  include_event(object.main);
  for (const Event& event : object.overrides) include_event(event);
  if (object.main.recurrence) include_recurrence(spans, object.main);
  return spans;
}

/// Four digits is what a year has in iCalendar.
bool is_writable(const Event& event) {
  constexpr sys_seconds first{sys_days{std::chrono::year{1} / 1 / 2}};
  constexpr sys_seconds last{sys_days{std::chrono::year{9999} / 12 / 30}};
  return event.start.instant >= first && event.start.instant < last && event.end.instant >= first &&
         event.end.instant < last;
}

}  // namespace

Result<std::string> build(const CalendarObject& given, sys_seconds stamp) {
  const CalendarObject object = aligned(given);
  if (!is_writable(object.main) || !std::ranges::all_of(object.overrides, is_writable)) {
    return fail(ErrorKind::unplaceable, "the event is outside the years 1 to 9999");
  }
  ContentLines lines;
  lines.text().reserve(4096);
  lines.add("BEGIN", "VCALENDAR");
  lines.add("VERSION", "2.0");
  lines.add("PRODID", "-//Calmux//Calmux//EN");
  lines.add("CALSCALE", "GREGORIAN");
  const std::size_t after_header = lines.text().size();
  lines.add(fields::event_component({object.main, object.uid, stamp, false}));
  for (const Event& event : object.overrides) lines.add(fields::event_component({event, object.uid, stamp, true}));
  lines.add("END", "VCALENDAR");
  std::string text = std::move(lines.text());

  if (const auto complaint = libical_complaint(text, 1 + object.overrides.size())) {
    return fail(ErrorKind::internal, "the event cannot be written as iCalendar: " + *complaint);
  }
  // Each VTIMEZONE was checked when it was generated.
  std::string zones;
  for (const auto& [tzid, span] : spans_of(object)) {
    const std::string zone = vtimezone(tzid, span.first, span.endless ? std::nullopt : std::optional(span.last));
    if (zone.empty()) return fail(ErrorKind::unplaceable, "the zone data has no time zone \"" + tzid + "\"");
    zones += zone;
  }
  text.insert(after_header, zones);
  return text;
}

}  // namespace calmux::icalendar
