#include <algorithm>

#include "connectors/icalendar/calendar_object_text.h"
#include "connectors/icalendar/content_line.h"
#include "connectors/icalendar/libical_check.h"
#include "connectors/icalendar/read_date.h"
#include "connectors/icalendar/read_text.h"
#include "connectors/icalendar/read_when.h"
#include "connectors/icalendar/text_tree.h"
#include "mappings/fields/origin.h"
#include "mappings/fields/text_limit.h"

namespace calmux::icalendar {

namespace {

/// The VEVENTs of a body that has nothing else to say.
Result<std::vector<const TextNode*>> events_of(const TextNode& calendar) {
  std::vector<const TextNode*> events;
  for (const TextNode& component : calendar.inner) {
    if (component.name == "VEVENT") {
      events.push_back(&component);
    } else if (component.name == "VTODO" || component.name == "VJOURNAL" || component.name == "VFREEBUSY") {
      return fail(ErrorKind::malformed, component.name + " is not an event: only VEVENT is taken");
    }
  }
  if (events.empty()) return fail(ErrorKind::malformed, "the calendar object holds no VEVENT");
  return events;
}

/// A calendar object resource is about one UID (RFC 4791 section 4.1).
Result<std::string> uid_of(const std::vector<const TextNode*>& events) {
  std::string uid;
  for (const TextNode* const event : events) {
    const TextLine* const line = event->find("UID");
    if (line == nullptr) return fail(ErrorKind::malformed, "a VEVENT has no UID");
    std::string found = fields::clean_line(unescaped(line->value));
    if (found.empty()) return fail(ErrorKind::malformed, "a VEVENT has no UID");
    if (!uid.empty() && uid != found) {
      return fail(ErrorKind::malformed, "the body holds events of several UIDs: send one calendar object at a time");
    }
    uid = std::move(found);
  }
  return uid;
}

/// What decides when the event is, as libical reads it: it knows impossible rules that look well-formed.
std::optional<std::string> complaint_about_dates(const std::vector<const TextNode*>& events) {
  std::string text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n";
  for (const TextNode* const event : events) {
    text += "BEGIN:VEVENT\r\n";
    for (const TextLine& line : event->lines) {
      if (line.value.empty()) continue;
      if (line.name == "RRULE" || line.name == "DURATION") {
        text += line.name + ":" + line.value + "\r\n";
      } else if (line.name == "DTSTART" || line.name == "DTEND" || line.name == "RECURRENCE-ID") {
        text += line.name + (line.value.size() == 8 ? ";VALUE=DATE:" : ":") + line.value + "\r\n";
      }
    }
    text += "END:VEVENT\r\n";
  }
  return libical_complaint(text + "END:VCALENDAR\r\n", events.size());
}

/// One spelling for one occurrence, whatever zone the sender names it in.
std::string identity_of(const DateValue& recurrence_id) {
  if (recurrence_id.is_date()) return format_date(recurrence_id.local);
  return format_time(std::chrono::local_seconds{recurrence_id.instant.time_since_epoch()}) + "Z";
}

Result<Event> read_event(const TextNode& node, const std::string& uid, DateReader& dates) {
  Event event;
  event.uid = uid;
  event.source_event_id = uid;
  if (auto placed = dates.read_start_end(node, event); !placed) return tl::unexpected(placed.error());
  read_texts(node, event);
  if (const TextLine* const line = node.find("RECURRENCE-ID")) {
    auto recurrence_id = dates.read(*line, line->value, event.warnings);
    if (!recurrence_id) return tl::unexpected(recurrence_id.error());
    if (!line->parameter("RANGE").empty()) {
      event.warnings.push_back("RECURRENCE-ID with RANGE: only the occurrence itself was changed");
    }
    event.type = EventType::exception;
    event.series_id = uid;
    event.source_event_id = uid + "/" + identity_of(*recurrence_id);
    event.recurrence_id = std::move(*recurrence_id);
    return event;
  }
  auto rule = read_rule(node);
  if (!rule) return tl::unexpected(rule.error());
  auto exdates = dates.read_list(node, "EXDATE", event.warnings);
  if (!exdates) return tl::unexpected(exdates.error());
  auto rdates = dates.read_list(node, "RDATE", event.warnings);
  if (!rdates) return tl::unexpected(rdates.error());
  if (!rule->empty() || !rdates->empty()) {
    event.type = EventType::master;
    event.recurrence = Recurrence{std::move(*rule), std::move(*exdates), std::move(*rdates)};
    if (event.start.kind == DateValue::Kind::utc && !event.warnings.empty()) {
      event.warnings.push_back(
          "the series is kept in UTC: its occurrences will not follow the clock changes of its place");
    }
  }
  return event;
}

}  // namespace

Result<std::vector<Event>> read(std::string_view text) {
  const auto tree = parse_text(text);
  if (!tree) return tl::unexpected(tree.error());
  if (tree->inner.size() != 1 || tree->inner.front().name != "VCALENDAR") {
    return fail(ErrorKind::malformed, "the text must hold exactly one VCALENDAR");
  }
  const TextNode& calendar = tree->inner.front();
  const auto nodes = events_of(calendar);
  if (!nodes) return tl::unexpected(nodes.error());
  const auto uid = uid_of(*nodes);
  if (!uid) return tl::unexpected(uid.error());

  DateReader dates(calendar);
  std::vector<Event> events;
  for (const TextNode* const node : *nodes) {
    auto event = read_event(*node, *uid, dates);
    if (!event) return tl::unexpected(event.error());
    events.push_back(std::move(*event));
  }
  if (const auto complaint = complaint_about_dates(*nodes)) {
    return fail(ErrorKind::malformed, "the dates of the event cannot be read: " + *complaint);
  }

  const auto is_main = [](const Event& event) { return !event.recurrence_id; };
  if (std::ranges::count_if(events, is_main) > 1) {
    return fail(ErrorKind::malformed, "the body holds the same event twice: two VEVENTs without RECURRENCE-ID");
  }
  std::stable_partition(events.begin(), events.end(), is_main);
  const bool has_main = is_main(events.front());
  std::ranges::stable_sort(events.begin() + (has_main ? 1 : 0), events.end(), {},
                           [](const Event& event) { return event.recurrence_id->instant; });
  // Overrides make a series of it, even where a client left out the rule.
  if (has_main && events.size() > 1) events.front().type = EventType::master;
  return events;
}

bool is_ours(std::string_view text) {
  const auto tree = parse_text(text);
  if (!tree) return false;
  return std::ranges::any_of(tree->inner, [](const TextNode& calendar) {
    return std::ranges::any_of(
        calendar.inner, [](const TextNode& component) { return component.find(fields::origin_property) != nullptr; });
  });
}

}  // namespace calmux::icalendar
