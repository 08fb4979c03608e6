#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "mappings/date_value.h"
#include "mappings/error.h"

namespace calmux {

/// A moment as sources state it for their versions; microseconds are the finest that PostgreSQL keeps.
using SourceTime = std::chrono::sys_time<std::chrono::microseconds>;

// The enums below are persisted by name (mappings/event.cpp): a name that was released keeps its meaning.
enum class EventType { single, master, occurrence, exception };
enum class ShowAs { free, tentative, busy, oof, working_elsewhere, unknown };
enum class Sensitivity { normal, personal, private_, confidential };
enum class Importance { low, normal, high };
enum class ResponseType { none, organizer, tentatively_accepted, accepted, declined, not_responded };

/// Somebody who takes part. Written downstream as text only, never as ORGANIZER or ATTENDEE (facts: some servers would
/// mail them).
struct Person {
  std::string name;
  std::string address;
  std::string role;      ///< required, optional, resource, or empty
  std::string response;  ///< as the source says it, or empty
  bool operator==(const Person&) const = default;
};

/// How a series repeats: the value of one RRULE (RFC 5545 section 3.3.10), with what it leaves out and adds.
struct Recurrence {
  std::string rrule;
  std::vector<DateValue> exdates;
  std::vector<DateValue> rdates;
  bool operator==(const Recurrence&) const = default;
};

/// What one source says of one event, whatever shape it came in. An empty string means "the source has no value".
struct Event {
  std::string source_event_id;  ///< the sender's id, case-sensitive
  std::string uid;              ///< iCalendar UID of the event or its series, normalised; may be empty
  std::string series_id;        ///< source_event_id of the series master, for occurrences and exceptions
  EventType type = EventType::single;
  std::optional<DateValue> recurrence_id;  ///< original start of an occurrence or exception, where known

  DateValue start;
  DateValue end;  ///< exclusive; never before start

  std::string title;
  std::string text;  ///< plain text
  std::string html;  ///< as sent, for X-ALT-DESC; empty when the source sent plain text
  std::string location;
  std::vector<std::string> categories;
  ShowAs show_as = ShowAs::busy;
  Sensitivity sensitivity = Sensitivity::normal;
  Importance importance = Importance::normal;
  ResponseType response = ResponseType::none;
  std::optional<std::chrono::minutes> reminder;  ///< before the start
  bool cancelled = false;
  bool cancellation_unstated = false;  ///< the payload had no flag for it
  std::string join_link;
  std::string web_link;
  std::optional<Person> organizer;
  std::vector<Person> people;
  std::optional<Recurrence> recurrence;

  std::optional<SourceTime> created;
  std::optional<SourceTime> last_modified;
  std::string change_key;
  std::vector<std::string> warnings;  ///< what was uncertain on the way in, for the trace

  bool operator==(const Event&) const = default;
};

/// Lossless: `event_from_json(to_json(e)) == e`. Absent keys read as the defaults above, so stored events outlive new
/// fields.
nlohmann::json to_json(const Event& event);
/// `malformed` where a stored value has a type or a name that this version does not know.
Result<Event> event_from_json(const nlohmann::json& json);

/// Everything of an event that a reader of the calendar can see, as one canonical text: equal texts need no write.
/// Leaves out bookkeeping: versions, created, change_key, source ids, warnings.
std::string significant_content(const Event& event);

}  // namespace calmux
