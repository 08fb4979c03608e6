#include "connectors/m365/decode.h"

#include <nlohmann/json.hpp>

#include "connectors/m365/global_object_id.h"
#include "connectors/m365/identity.h"
#include "connectors/m365/members.h"
#include "connectors/m365/people.h"
#include "connectors/m365/recurrence.h"
#include "connectors/m365/texts.h"
#include "connectors/m365/times.h"
#include "connectors/m365/words.h"
#include "connectors/time_zone.h"

namespace calmux::m365 {
namespace {

using nlohmann::json;

std::optional<std::string> organiser_zone(const Members& item) {
  const std::string name = item.text("originalstarttimezone");
  return name.empty() ? std::nullopt : time_zone::resolve(name);
}

std::optional<std::chrono::minutes> read_reminder(const Members& item) {
  if (!item.flag("isreminderon").value_or(true)) return std::nullopt;
  auto minutes = item.integer("reminderminutesbeforestart");
  if (!minutes) minutes = item.integer("reminder");
  constexpr std::int64_t longest = 60 * 24 * 366;
  if (!minutes || *minutes < 0 || *minutes > longest) return std::nullopt;
  return std::chrono::minutes{*minutes};
}

void read_recurrence(const Members& item, Event& event) {
  const auto* recurrence = item.find("recurrence");
  if (event.type == EventType::occurrence || event.type == EventType::exception) return;
  Reading& reading = item.reading();
  if (!recurrence || !recurrence->is_object()) {
    // The connector's word ("weekly") or number says neither weekdays nor interval: no rule can be made of it.
    const bool word = recurrence && recurrence->is_string() && lower_case(item.text("recurrence")) != "none";
    if (word || event.type == EventType::master) reading.warn("The payload says that the event repeats, but not how.");
    return;
  }
  const auto zone = organiser_zone(item);
  std::string rule = read_rrule(*item.object("recurrence"), event.start, zone);
  if (rule.empty()) return;
  event.type = EventType::master;
  event.recurrence = Recurrence{std::move(rule), {}, {}};
  for (const auto* id : item.list("cancelledoccurrences")) {
    const auto date = id->is_string() ? occurrence_date(id->get_ref<const std::string&>()) : std::nullopt;
    if (date) {
      event.recurrence->exdates.push_back(on_date(*date, event.start));
    } else if (!blank(*id)) {
      reading.malformed(item.path_of("cancelledoccurrences"), described(*id), "ids that end in a date");
    }
  }
  if (event.start.kind == DateValue::Kind::utc && !zone) {
    reading.warn("The series is known in UTC only: its occurrences may be off by the daylight saving hour.");
  }
}

/// The series' UID; `instance` is the occurrence that the sender's UID named.
std::string read_uid(const Members& item, std::optional<std::chrono::year_month_day>& instance) {
  const SeriesUid of_event = series_uid(trimmed(item.text("icaluid")));
  instance = of_event.instance;
  const std::string uid = item.text("uid");
  return uid.empty() ? of_event.uid : series_uid(trimmed(uid)).uid;
}

/// One event, in whatever shape: the fields' readers accept all forms in which the shapes write them, since flows mix
/// them.
std::optional<Event> read_event(const Members& item, const std::string& master_id) {
  Event event;
  event.source_event_id = read_id(item);
  event.type = read_type(item);
  event.series_id = item.text("seriesmasterid");
  if (event.series_id.empty()) event.series_id = master_id;
  if (!master_id.empty() && event.type == EventType::single) event.type = EventType::exception;
  if (event.type == EventType::single && !event.series_id.empty()) event.type = EventType::occurrence;
  if (event.type == EventType::master || event.series_id == event.source_event_id) event.series_id.clear();

  std::optional<std::chrono::year_month_day> instance;
  event.uid = read_uid(item, instance);
  const auto times = read_times(item);
  if (!times) return std::nullopt;
  event.start = times->start;
  event.end = times->end;
  event.recurrence_id = read_original_start(item, *times, event.type, instance);

  read_texts(item, event);
  event.show_as = read_show_as(item);
  event.sensitivity = read_sensitivity(item);
  event.importance = read_importance(item);
  event.response = read_response(item);
  event.reminder = read_reminder(item);
  const auto cancelled = item.flag("iscancelled");
  event.cancelled = cancelled.value_or(false);
  event.cancellation_unstated = !cancelled;
  event.organizer = read_organizer(item);
  event.people = read_people(item);
  read_recurrence(item, event);

  event.created = read_moment(item, "createddatetime");
  if (!event.created) event.created = read_moment(item, "datetimecreated");
  event.last_modified = read_last_modified(item);
  event.change_key = item.text("changekey");
  if (item.reading().error) return std::nullopt;
  event.warnings = std::move(item.reading().warnings);
  return event;
}

}  // namespace

Result<std::vector<Event>> decode(const json& item) {
  Reading reading;
  if (!item.is_object()) return fail(ErrorKind::malformed, "The item is " + described(item) + ", expected an object");
  const Members members(item, {}, reading);
  std::vector<Event> events;
  auto event = read_event(members, {});
  if (!event) return tl::unexpected<Error>(*reading.error);
  events.push_back(*std::move(event));

  const std::string master_id = events.front().source_event_id;
  std::size_t index = 0;
  for (const auto* exception : members.list("exceptionoccurrences")) {
    const std::string path = members.path_of("exceptionoccurrences") + "[" + std::to_string(index++) + "]";
    if (!exception->is_object()) {
      reading.malformed(path, described(*exception), "an event");
      break;
    }
    auto changed = read_event(Members(*exception, path + ".", reading), master_id);
    if (!changed) break;
    events.push_back(*std::move(changed));
  }
  if (reading.error) return tl::unexpected<Error>(*reading.error);
  return events;
}

}  // namespace calmux::m365
