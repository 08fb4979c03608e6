#include "connectors/icalendar/read_when.h"

#include <algorithm>

#include "connectors/icalendar/read_date.h"
#include "connectors/icalendar/tzid.h"
#include "connectors/time_zone.h"
#include "mappings/fields/text_limit.h"

namespace calmux::icalendar {

namespace {

using std::chrono::days;
using std::chrono::local_seconds;
using std::chrono::sys_seconds;

constexpr std::size_t most_dates = 10000;

DateValue zoned(local_seconds local, const std::string& zone) {
  if (zone == "UTC") return DateValue::utc(sys_seconds{local.time_since_epoch()});
  return DateValue::zoned(local, zone, time_zone::to_instant(local, zone));
}

void warn(std::vector<std::string>& warnings, std::string text) {
  if (std::ranges::find(warnings, text) == warnings.end()) warnings.push_back(std::move(text));
}

/// Nominal days move the wall clock, hours and less move the instant (RFC 5545 section 3.3.6).
DateValue after(const DateValue& start, const ParsedDuration& duration) {
  if (start.is_date()) {
    const auto whole = std::chrono::floor<days>(start.local + duration.days + duration.time);
    return DateValue::date(std::chrono::year_month_day{whole});
  }
  if (start.kind == DateValue::Kind::utc) return DateValue::utc(start.instant + duration.days + duration.time);
  const sys_seconds instant = time_zone::to_instant(start.local + duration.days, start.tzid) + duration.time;
  return DateValue::zoned(time_zone::to_local(instant, start.tzid), start.tzid, instant);
}

std::string in_quotes(std::string_view text) {
  return "\"" + std::string(fields::utf8_prefix(text, 80)) + "\"";
}

}  // namespace

DateReader::DateReader(const TextNode& calendar) : zones_(calendar) {
  if (const TextLine* const zone = calendar.find("X-WR-TIMEZONE")) {
    floating_zone_ = resolve_tzid(zone->value).value_or("");
  }
}

Result<DateValue> DateReader::read(const TextLine& line, std::string_view value, std::vector<std::string>& warnings) {
  const auto parsed = parse_date_time(value);
  if (!parsed) return fail(ErrorKind::malformed, line.name + " " + in_quotes(value) + " is no date");
  switch (parsed->form) {
  case DateForm::date:
    return DateValue::date(std::chrono::year_month_day{std::chrono::floor<days>(parsed->local)});
  case DateForm::utc:
    return DateValue::utc(sys_seconds{parsed->local.time_since_epoch()});
  case DateForm::local:
    break;
  }
  const std::string_view tzid = line.parameter("TZID");
  if (tzid.empty()) {
    if (!floating_zone_.empty()) return zoned(parsed->local, floating_zone_);
    return fail(ErrorKind::unplaceable, line.name + " " + in_quotes(value) +
                                            " is a floating time: it means the local time of whoever looks at it, and "
                                            "nothing in the calendar says where that is");
  }
  if (const auto zone = resolve_tzid(tzid)) return zoned(parsed->local, *zone);
  if (const auto zone = zones_.location(tzid)) return zoned(parsed->local, *zone);
  if (const auto instant = zones_.instant(tzid, parsed->local)) {
    warn(warnings,
         "the time zone " + in_quotes(tzid) +
             " is unknown: times were computed from the VTIMEZONE that came with the event, and are kept in UTC");
    return DateValue::utc(*instant);
  }
  return fail(ErrorKind::unplaceable,
              line.name + " names the time zone " + in_quotes(tzid) + ", which is unknown and has no usable VTIMEZONE");
}

Result<std::vector<DateValue>> DateReader::read_list(const TextNode& event, std::string_view name,
                                                     std::vector<std::string>& warnings) {
  std::vector<DateValue> dates;
  for (const TextLine& line : event.lines) {
    if (line.name != name || line.value.empty()) continue;
    for (const std::string& value : list_values(line.value)) {
      const auto slash = value.find('/');
      if (slash != std::string::npos)
        warn(warnings, line.name + " with a period: the length of the event is used for it");
      auto date = read(line, std::string_view(value).substr(0, slash), warnings);
      if (!date) return tl::unexpected(date.error());
      if (dates.size() == most_dates) return fail(ErrorKind::too_large, "more than 10000 dates in " + line.name);
      dates.push_back(std::move(*date));
    }
  }
  return dates;
}

Result<void> DateReader::read_start_end(const TextNode& event, Event& out) {
  const TextLine* const start = event.find("DTSTART");
  if (start == nullptr) return fail(ErrorKind::unplaceable, "the event has no DTSTART");
  auto began = read(*start, start->value, out.warnings);
  if (!began) return tl::unexpected(began.error());
  out.start = *began;
  out.end = out.start.is_date() ? after(out.start, {days(1), {}}) : out.start;
  if (const TextLine* const end = event.find("DTEND")) {
    auto ended = read(*end, end->value, out.warnings);
    if (!ended) return tl::unexpected(ended.error());
    if (ended->is_date() != out.start.is_date()) {
      return fail(ErrorKind::malformed, "DTSTART and DTEND must both be dates, or both have a time");
    }
    // Some senders give a day as ending on itself.
    if (ended->instant > out.start.instant) out.end = *ended;
    if (ended->instant < out.start.instant) {
      return fail(ErrorKind::unplaceable, "the event ends before it starts");
    }
  } else if (const TextLine* const length = event.find("DURATION")) {
    const auto duration = parse_duration(length->value);
    if (!duration) return fail(ErrorKind::malformed, "DURATION " + in_quotes(length->value) + " is no duration");
    const DateValue ended = after(out.start, *duration);
    if (ended.instant < out.start.instant) return fail(ErrorKind::unplaceable, "the event ends before it starts");
    if (ended.instant > out.start.instant) out.end = ended;
  }
  return {};
}

Result<std::string> read_rule(const TextNode& event) {
  const TextLine* const line = event.find("RRULE");
  if (line == nullptr) return std::string();
  const auto is_other = [line](const TextLine& other) { return other.name == "RRULE" && &other != line; };
  if (std::ranges::any_of(event.lines, is_other)) {
    return fail(ErrorKind::malformed, "the event has several RRULEs, which RFC 5545 section 3.8.5.3 leaves undefined");
  }
  if (event.find("EXRULE") != nullptr) {
    return fail(ErrorKind::malformed, "EXRULE is not supported: RFC 5545 removed it");
  }
  std::string rule = upper(line->value);
  bool has_frequency = false;
  for (std::size_t at = 0; at < rule.size();) {
    const std::size_t end = std::min(rule.find(';', at), rule.size());
    const std::string_view part = std::string_view(rule).substr(at, end - at);
    at = end + 1;
    const bool several = part.find(',') != std::string_view::npos;
    has_frequency = has_frequency || part == "FREQ=DAILY" || part == "FREQ=WEEKLY" || part == "FREQ=MONTHLY" ||
                    part == "FREQ=YEARLY";
    const bool finer = part.starts_with("BYSECOND=") || part.starts_with("BYMINUTE=") || part.starts_with("BYHOUR=");
    if (finer && several)
      return fail(ErrorKind::malformed, "the event repeats several times a day: " + in_quotes(rule));
  }
  if (!has_frequency) {
    return fail(ErrorKind::malformed, "RRULE must repeat daily, weekly, monthly or yearly: " + in_quotes(rule));
  }
  return rule;
}

}  // namespace calmux::icalendar
