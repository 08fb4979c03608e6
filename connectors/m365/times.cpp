#include "connectors/m365/times.h"

#include "connectors/m365/all_day.h"
#include "connectors/time_zone.h"

namespace calmux::m365 {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

/// What an item says about one end of the event, before it is interpreted.
struct Stated {
  std::optional<IsoTime> time;
  std::string zone;         ///< as sent
  std::string zone_member;  ///< where it was sent, for messages
};

std::optional<IsoTime> read_iso(const Members& members, std::string_view name) {
  const auto* value = members.find(name);
  if (!value) return std::nullopt;
  if (!value->is_string()) {
    members.wrong(name, "an ISO 8601 time");
    return std::nullopt;
  }
  const auto time = parse_iso_time(trimmed(value->get_ref<const std::string&>()));
  if (!time) {
    members.wrong(name, "an ISO 8601 time");
    return std::nullopt;
  }
  if (time->is_sentinel()) return std::nullopt;
  return time;
}

/// `{dateTime, timeZone}` as Graph has it, or a plain text beside a `timeZone` of the item as the connector has it.
/// Where the plain text is missing the connector's second form with an offset serves.
Stated read_stated(const Members& item, std::string_view name) {
  Stated stated;
  const auto* value = item.find(name);
  if (value && value->is_object()) {
    const Members inner(*value, item.path_of(name) + ".", item.reading());
    stated.time = read_iso(inner, "datetime");
    if (!stated.time) stated.time = read_iso(inner, "date");
    stated.zone = inner.text("timezone");
    stated.zone_member = inner.path_of("timezone");
  } else {
    stated.time = read_iso(item, name);
  }
  if (stated.zone.empty() && item.has("timezone")) {
    stated.zone = item.text("timezone");
    stated.zone_member = item.path_of("timezone");
  }
  const std::string with_zone = std::string(name) + "withtimezone";
  if ((!stated.time || (!stated.time->offset && !time_zone::resolve(stated.zone))) && item.has(with_zone)) {
    if (auto certain = read_iso(item, with_zone)) stated.time = certain;
  }
  return stated;
}

DateValue in_zone(sys_seconds instant, const std::string& tzid) {
  return tzid == "UTC" ? DateValue::utc(instant) : DateValue::zoned(time_zone::to_local(instant, tzid), tzid, instant);
}

std::optional<std::string> known_zone(const std::string& name) {
  if (name.empty()) return std::nullopt;
  return time_zone::resolve(name);
}

/// Names that Exchange gives to zones which only the mailbox knows.
bool is_custom(std::string_view zone) {
  const auto name = lower_case(zone);
  return name == "customized time zone" || name == "tzone://microsoft/custom";
}

/// A timed value. `organiser_zone` is used where the sender converted to UTC: a series must follow its own zone's DST.
std::optional<DateValue> timed(const Stated& stated, const std::optional<std::string>& organiser_zone,
                               Reading& reading) {
  const IsoTime& time = *stated.time;
  const auto zone = known_zone(stated.zone);
  if (time.offset) {
    const auto instant = std::chrono::floor<seconds>(time.instant());
    if (!zone && !stated.zone.empty()) {
      reading.warn("Unknown time zone \"" + stated.zone + "\": the instant was kept, in UTC.");
      return DateValue::utc(instant);
    }
    return in_zone(instant, zone && *zone != "UTC" ? *zone : organiser_zone.value_or("UTC"));
  }
  if (zone && *zone != "UTC")
    return DateValue::zoned(time.seconds(), *zone, time_zone::to_instant(time.seconds(), *zone));
  if (!zone && is_custom(stated.zone) && organiser_zone) {
    reading.warn("\"" + stated.zone + "\" is a zone that only the mailbox knows: the event's original zone, " +
                 *organiser_zone + ", was taken.");
    return DateValue::zoned(time.seconds(), *organiser_zone, time_zone::to_instant(time.seconds(), *organiser_zone));
  }
  if (!zone && !stated.zone.empty()) {
    reading.fail(ErrorKind::unplaceable, stated.zone_member + ": the time zone \"" + stated.zone +
                                             "\" is unknown, and no offset tells the instant");
    return std::nullopt;
  }
  if (!zone) reading.warn("No time zone was given: the time was read as UTC.");
  return in_zone(std::chrono::floor<seconds>(time.instant()), organiser_zone.value_or("UTC"));
}

}  // namespace

std::optional<Times> read_times(const Members& item) {
  Reading& reading = item.reading();
  const Stated start = read_stated(item, "start");
  Stated end = read_stated(item, "end");
  const auto all_day = item.flag("isallday");
  if (reading.error) return std::nullopt;
  if (!start.time) {
    reading.fail(ErrorKind::unplaceable, item.path_of("start") + ": the event has no start");
    return std::nullopt;
  }
  const auto start_zone = known_zone(item.text("originalstarttimezone"));
  auto end_zone = known_zone(item.text("originalendtimezone"));
  if (!end_zone) end_zone = start_zone;

  if (all_day.value_or(start.time->date_only)) {
    auto given = known_zone(start.zone);
    const auto dates = all_day_dates(*start.time, end.time, start_zone, given, reading);
    if (!dates) return std::nullopt;
    return Times{DateValue::date(dates->first), DateValue::date(dates->last)};
  }

  auto first = timed(start, start_zone, reading);
  if (!first) return std::nullopt;
  if (!end.time) return Times{*first, *first};
  if (end.zone.empty()) end.zone = start.zone;
  const auto warnings = reading.warnings.size();
  auto last = timed(end, end_zone, reading);
  if (!last) return std::nullopt;
  // What was said of the start need not be said of the end again.
  if (warnings > 0) reading.warnings.resize(warnings);
  if (last->kind == DateValue::Kind::utc && first->kind == DateValue::Kind::zoned)
    last = in_zone(last->instant, first->tzid);
  if (last->instant < first->instant) {
    reading.fail(ErrorKind::unplaceable, item.path_of("end") + ": the event ends before it starts");
    return std::nullopt;
  }
  return Times{*std::move(first), *std::move(last)};
}

std::optional<SourceTime> read_moment(const Members& item, std::string_view lower_name) {
  const auto* value = item.find(lower_name);
  if (!value) return std::nullopt;
  if (!value->is_string()) {
    item.wrong(lower_name, "an ISO 8601 time");
    return std::nullopt;
  }
  const auto time = parse_iso_time(value->get_ref<const std::string&>());
  if (!time) {
    item.reading().warn(item.path_of(lower_name) + " is no time and was ignored.");
    return std::nullopt;
  }
  if (time->is_sentinel()) return std::nullopt;
  return time->instant();
}

std::optional<std::chrono::year_month_day> occurrence_date(std::string_view occurrence_id) {
  const auto dot = occurrence_id.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto date = parse_iso_time(occurrence_id.substr(dot + 1));
  if (!date || !date->date_only || date->is_sentinel()) return std::nullopt;
  return std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(date->seconds())};
}

DateValue on_date(std::chrono::year_month_day date, const DateValue& series_start) {
  const auto midnight = std::chrono::floor<std::chrono::days>(series_start.local);
  const auto local = std::chrono::local_days{date} + (series_start.local - midnight);
  switch (series_start.kind) {
  case DateValue::Kind::date:
    return DateValue::date(date);
  case DateValue::Kind::utc:
    return DateValue::utc(sys_seconds{local.time_since_epoch()});
  case DateValue::Kind::zoned:
    return DateValue::zoned(local, series_start.tzid, time_zone::to_instant(local, series_start.tzid));
  }
  return series_start;
}

std::optional<DateValue> read_original_start(const Members& item, const Times& times, EventType type,
                                             const std::optional<std::chrono::year_month_day>& instance) {
  if (type != EventType::occurrence && type != EventType::exception) return std::nullopt;
  const bool all_day = times.start.is_date();
  if (const auto original = read_iso(item, "originalstart")) {
    if (original->date_only)
      return DateValue::date(std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(original->seconds())});
    const auto zone = known_zone(item.text("originalstarttimezone"));
    if (all_day) {
      if (const auto dates = all_day_dates(*original, std::nullopt, zone, std::nullopt, item.reading())) {
        return DateValue::date(dates->first);
      }
      return std::nullopt;
    }
    return in_zone(std::chrono::floor<seconds>(original->instant()),
                   times.start.kind == DateValue::Kind::zoned ? times.start.tzid : zone.value_or("UTC"));
  }
  if (const auto date = occurrence_date(item.text("occurrenceid"))) return DateValue::date(*date);
  if (instance) return DateValue::date(*instance);
  if (type == EventType::occurrence && lower_case(item.text("type")) == "occurrence") return times.start;
  return std::nullopt;
}

}  // namespace calmux::m365
