#include "tests/fuzz/calendar_property.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "connectors/icalendar/align.h"
#include "connectors/icalendar/calendar_object_text.h"
#include "connectors/icalendar/envelope.h"
#include "connectors/time_zone.h"
#include "mappings/event_span.h"
#include "mappings/fields/text_limit.h"
#include "mappings/fold_window.h"
#include "middleware/fold_plan.h"
#include "tests/fuzz/property.h"

namespace calmux::fuzz {
namespace {

using nlohmann::json;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr sys_seconds now{sys_days{std::chrono::year{2026} / 11 / 20}};

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

/// Unfolded, by a reading of RFC 5545 section 3.1 that forgives nothing.
std::vector<std::string> content_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find("\r\n");
    require(end != std::string_view::npos, "a line ends in CR LF", text);
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 2);
    require(line.size() <= 75, "a line has 75 octets at most", line);
    require(!has_control(line) && line.find('\n') == std::string_view::npos, "a line holds no control", line);
    require(is_utf8(line), "folding splits no character", line);
    if (line.starts_with(' ')) {
      require(!lines.empty(), "the first line continues nothing", line);
      lines.back() += line.substr(1);
    } else {
      require(!line.empty(), "no line is empty");
      lines.emplace_back(line);
    }
  }
  return lines;
}

PlanRules rules() {
  PlanRules rules;
  rules.workspace = "default";
  rules.to_instant = time_zone::to_instant;
  return rules;
}

SourceEvent stored(const SourceEvent& event) {
  SourceEvent read = event;
  read.event = event_from_json(json::parse(to_json(event.event).dump())).value();
  return read;
}

CalendarObject stored(const CalendarObject& object) {
  auto read = calendar_object_from_json(json::parse(to_json(object).dump()));
  require(read.has_value(), "a stored object can be read");
  require(*read == object, "a stored object reads as it was");
  return *std::move(read);
}

std::vector<postgres::Group> groups_of(const postgres::Plan& planned) {
  std::map<std::string, postgres::Group> groups;
  for (const auto& row : planned.events) {
    auto& group = groups[row.group_key];
    group.source_id = row.source_id;
    group.group_key = row.group_key;
    group.events.push_back(stored(row.event));
  }
  std::int64_t id = 0;
  for (const auto& one : planned.actions) {
    groups[one.group_key].objects.push_back({++id, one.action.object_key, one.uid, one.action.content});
  }
  std::vector<postgres::Group> all;
  for (auto& [key, group] : groups) all.push_back(std::move(group));
  return all;
}

bool is_writable(const Event& event) {
  constexpr sys_seconds first{sys_days{std::chrono::year{1} / 1 / 2}};
  constexpr sys_seconds last{sys_days{std::chrono::year{9999} / 12 / 30}};
  return event.start.instant >= first && event.end.instant < last;
}

std::set<sys_seconds> instants(const std::vector<DateValue>& dates) {
  std::set<sys_seconds> all;
  for (const auto& date : dates) all.insert(date.instant);
  return all;
}

void require_same(const Event& written, const Event& read) {
  const auto shown = to_json(written).dump(-1, ' ', false, json::error_handler_t::replace);
  require(read.start == written.start, "DTSTART reads as it was written", shown);
  require(read.end.instant == written.end.instant, "DTEND reads as it was written", shown);
  require(read.recurrence_id == written.recurrence_id, "RECURRENCE-ID reads as it was written", shown);
  require(read.title == fields::clean_line(written.title, 1024), "SUMMARY reads as it was written", shown);
  require(read.cancelled == written.cancelled, "STATUS reads as it was written", shown);
  require(read.importance == written.importance, "PRIORITY reads as it was written", shown);
  require((read.sensitivity == Sensitivity::normal) == (written.sensitivity == Sensitivity::normal),
          "CLASS reads as it was written", shown);
  if (!written.recurrence || (written.recurrence->rrule.empty() && written.recurrence->rdates.empty())) return;
  require(read.recurrence.has_value(), "a series reads as a series", shown);
  require(read.recurrence->rrule == written.recurrence->rrule, "RRULE reads as it was written", shown);
  require(instants(read.recurrence->exdates) == instants(written.recurrence->exdates), "EXDATE reads as it was written",
          shown);
  require(instants(read.recurrence->rdates) == instants(written.recurrence->rdates), "RDATE reads as it was written",
          shown);
}

}  // namespace

void require_worded(const Error& error) {
  require(!error.message.empty(), "an error says what is wrong");
  require(is_utf8(error.message), "an error is text", error.message);
}

void require_storable(const Event& event) {
  require(!event.source_event_id.empty(), "an event has an id");
  require(event.start.instant <= event.end.instant, "an event ends no earlier than it begins");
  require(event.start.is_date() == event.end.is_date(), "an event begins and ends in dates, or in times");
  // Throws where a text is no UTF-8.
  const std::string text = to_json(event).dump();
  const auto read = event_from_json(json::parse(text));
  require(read.has_value(), "a stored event can be read", text);
  require(*read == event, "a stored event reads as it was", text);
  require(significant_content(*read) == significant_content(event), "a stored event looks as it did", text);
  static_cast<void>(latest_end(event));
  static_cast<void>(may_be_in_window(event, now, {}));
}

std::vector<CalendarObject> objects_of(const std::vector<Event>& events, postgres::Media media) {
  DecodedDelivery decoded;
  decoded.delivery.id = 1;
  decoded.delivery.source_id = "work";
  const auto& front = events.front();
  decoded.delivery.source_event_id = media == postgres::Media::icalendar ? front.uid : front.source_event_id;
  decoded.delivery.media = media;
  decoded.delivery.received = now;
  decoded.events = events;
  const auto first = plan({&decoded, 1}, {}, rules(), now);
  require(first.finished.size() == 1, "a delivery is finished once");
  require(is_utf8(first.finished.front().reason), "a reason is text", first.finished.front().reason);

  const auto groups = groups_of(first);
  decoded.delivery.id = 2;
  const auto second = plan({&decoded, 1}, groups, rules(), now);
  require(second.actions.empty(), "the same delivery leaves nothing to write",
          second.actions.empty() ? std::string_view() : second.actions.front().action.reason);

  std::vector<CalendarObject> objects;
  for (const auto& one : first.actions) {
    require(one.action.kind == ActionKind::create, "what was not there can only be created");
    objects.push_back(*one.action.content);
  }
  return objects;
}

void require_harmless(std::string_view text, const CalendarObject& object) {
  std::size_t events = 0;
  for (const auto& line : content_lines(text)) {
    std::string name = line.substr(0, line.find_first_of(":;"));
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
    require(name.size() < line.size(), "a line is a content line", line);
    require(!is_one_of(name, {"ATTENDEE", "ORGANIZER", "METHOD"}), "nobody is invited", line);
    if (name == "BEGIN") {
      require(is_one_of(line, {"BEGIN:VCALENDAR", "BEGIN:VTIMEZONE", "BEGIN:STANDARD", "BEGIN:DAYLIGHT", "BEGIN:VEVENT",
                               "BEGIN:VALARM"}),
              "only known components are written", line);
      events += line == "BEGIN:VEVENT" ? 1 : 0;
    }
    if (name == "ACTION") require(line == "ACTION:DISPLAY", "an alarm is shown and not sent", line);
  }
  require(events == 1 + object.overrides.size(), "there is a VEVENT for each event", text);
}

void require_faithful(const CalendarObject& object) {
  stored(object);
  const auto text = icalendar::build(object, now);
  if (!text) {
    require_worded(text.error());
    const bool writable = is_writable(object.main) && std::ranges::all_of(object.overrides, is_writable);
    require(text.error().kind == ErrorKind::unplaceable && !writable, "what was decoded can be written",
            text.error().message);
    return;
  }
  require_harmless(*text, object);
  require(icalendar::is_ours(*text), "what is written bears the mark", *text);
  require(icalendar::uid_of(*text).value_or("") == object.uid, "what is written is found by its UID", *text);

  const auto read = icalendar::read(*text);
  require(read.has_value(), "what is written can be read", *text);
  require(read->size() == 1 + object.overrides.size(), "every event is read", *text);
  const auto aligned = icalendar::aligned(object);
  CalendarObject again{object.uid, read->front(), {read->begin() + 1, read->end()}};
  std::set<sys_seconds> replaced;
  for (std::size_t i = 0; i < read->size(); ++i) {
    const Event& written = i == 0 ? aligned.main : aligned.overrides[i - 1];
    Event& back = i == 0 ? again.main : again.overrides[i - 1];
    require_same(written, back);
    if (i > 0) require(replaced.insert(back.recurrence_id->instant).second, "an occurrence is replaced once", *text);
    // The answer to an invitation shows in STATUS, which says less.
    back.response = written.response;
  }
  const auto rewritten = icalendar::build(again, now);
  require(rewritten.has_value(), "what was read can be written", *text);
  const auto meaning = icalendar::normalised(*text);
  const auto meaning_again = icalendar::normalised(*rewritten);
  require(meaning && meaning_again, "what is written has a normal form", *text);
  require(*meaning == *meaning_again, "what was read and written again says the same", *rewritten);
}

}  // namespace calmux::fuzz
