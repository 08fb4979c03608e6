#include "mappings/event.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "mappings/date_text.h"

namespace calmux {
namespace {

using nlohmann::json;

template <class Enum>
struct Name {
  Enum value;
  std::string_view text;
};

// Persisted names: they stand in stored events. Add, never change.
constexpr std::array<Name<EventType>, 4> event_types{{{EventType::single, "single"},
                                                      {EventType::master, "master"},
                                                      {EventType::occurrence, "occurrence"},
                                                      {EventType::exception, "exception"}}};
constexpr std::array<Name<ShowAs>, 6> show_as_names{{{ShowAs::free, "free"},
                                                     {ShowAs::tentative, "tentative"},
                                                     {ShowAs::busy, "busy"},
                                                     {ShowAs::oof, "oof"},
                                                     {ShowAs::working_elsewhere, "working_elsewhere"},
                                                     {ShowAs::unknown, "unknown"}}};
constexpr std::array<Name<Sensitivity>, 4> sensitivities{{{Sensitivity::normal, "normal"},
                                                          {Sensitivity::personal, "personal"},
                                                          {Sensitivity::private_, "private"},
                                                          {Sensitivity::confidential, "confidential"}}};
constexpr std::array<Name<Importance>, 3> importances{
    {{Importance::low, "low"}, {Importance::normal, "normal"}, {Importance::high, "high"}}};
constexpr std::array<Name<ResponseType>, 6> responses{{{ResponseType::none, "none"},
                                                       {ResponseType::organizer, "organizer"},
                                                       {ResponseType::tentatively_accepted, "tentatively_accepted"},
                                                       {ResponseType::accepted, "accepted"},
                                                       {ResponseType::declined, "declined"},
                                                       {ResponseType::not_responded, "not_responded"}}};

template <class Enum, std::size_t n>
std::string_view name_of(const std::array<Name<Enum>, n>& names, Enum value) {
  const auto found = std::find_if(names.begin(), names.end(), [&](const auto& name) { return name.value == value; });
  return found == names.end() ? std::string_view{} : found->text;
}

void put(json& out, const char* key, const std::string& text) {
  if (!text.empty()) out[key] = text;
}

template <class Enum, std::size_t n>
void put(json& out, const char* key, const std::array<Name<Enum>, n>& names, Enum value, Enum otherwise) {
  if (value != otherwise) out[key] = name_of(names, value);
}

json person_json(const Person& person) {
  json out = json::object();
  put(out, "name", person.name);
  put(out, "address", person.address);
  put(out, "role", person.role);
  put(out, "response", person.response);
  return out;
}

json dates_json(const std::vector<DateValue>& dates) {
  json out = json::array();
  for (const auto& date : dates) out.push_back(to_text(date));
  return out;
}

/// Reads the members of one stored object; the first thing that is wrong is kept, and later reads do nothing.
class Reader {
 public:
  Reader(const json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object.is_object()) wrong("", "an object");
  }

  const std::optional<Error>& error() const { return error_; }
  void adopt(const std::optional<Error>& error) {
    if (!error_) error_ = error;
  }

  const json* find(const char* key) {
    if (error_) return nullptr;
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }

  void wrong(const std::string& key, const std::string& wanted) {
    if (error_) return;
    error_ =
        Error{ErrorKind::malformed, "stored event: " + where_ + key + " is not " + wanted, std::nullopt, std::nullopt};
  }

  void text(const char* key, std::string& out) {
    const json* found = find(key);
    if (!found) return;
    if (!found->is_string()) return wrong(key, "a text");
    out = found->get<std::string>();
  }

  void flag(const char* key, bool& out) {
    const json* found = find(key);
    if (!found) return;
    if (!found->is_boolean()) return wrong(key, "true or false");
    out = found->get<bool>();
  }

  void texts(const char* key, std::vector<std::string>& out) {
    const json* found = find(key);
    if (!found) return;
    if (!found->is_array()) return wrong(key, "a list of texts");
    for (const auto& item : *found) {
      if (!item.is_string()) return wrong(key, "a list of texts");
      out.push_back(item.get<std::string>());
    }
  }

  template <class Enum, std::size_t n>
  void name(const char* key, const std::array<Name<Enum>, n>& names, Enum& out) {
    const json* found = find(key);
    if (!found) return;
    if (found->is_string()) {
      for (const auto& name : names) {
        if (name.text == found->get_ref<const std::string&>()) {
          out = name.value;
          return;
        }
      }
    }
    wrong(key, "a name that this version knows");
  }

  template <class Out>
  void date(const char* key, Out& out) {
    const json* found = find(key);
    if (!found) return;
    if (auto value = as_date(*found)) {
      out = *std::move(value);
    } else {
      wrong(key, "a time");
    }
  }

  void dates(const char* key, std::vector<DateValue>& out) {
    const json* found = find(key);
    if (!found) return;
    if (!found->is_array()) return wrong(key, "a list of times");
    for (const auto& item : *found) {
      auto value = as_date(item);
      if (!value) return wrong(key, "a list of times");
      out.push_back(*std::move(value));
    }
  }

  void time(const char* key, std::optional<SourceTime>& out) {
    const json* found = find(key);
    if (!found) return;
    if (found->is_string()) out = source_time_from_text(found->get_ref<const std::string&>());
    if (!out) wrong(key, "a time");
  }

  void minutes(const char* key, std::optional<std::chrono::minutes>& out) {
    const json* found = find(key);
    if (!found) return;
    if (!found->is_number_integer()) return wrong(key, "a number of minutes");
    out = std::chrono::minutes{found->get<std::int64_t>()};
  }

 private:
  static std::optional<DateValue> as_date(const json& value) {
    if (!value.is_string()) return std::nullopt;
    return date_value_from_text(value.get_ref<const std::string&>());
  }

  const json& object_;
  std::string where_;
  std::optional<Error> error_;
};

Person read_person(Reader& outer, const json& object, const std::string& where) {
  Person person;
  Reader in(object, where);
  in.text("name", person.name);
  in.text("address", person.address);
  in.text("role", person.role);
  in.text("response", person.response);
  outer.adopt(in.error());
  return person;
}

Recurrence read_recurrence(Reader& outer, const json& object) {
  Recurrence recurrence;
  Reader in(object, "recurrence.");
  in.text("rrule", recurrence.rrule);
  in.dates("exdates", recurrence.exdates);
  in.dates("rdates", recurrence.rdates);
  outer.adopt(in.error());
  return recurrence;
}

}  // namespace

json to_json(const Event& event) {
  static const Event defaults;
  json out = json::object();
  put(out, "source_event_id", event.source_event_id);
  put(out, "uid", event.uid);
  put(out, "series_id", event.series_id);
  put(out, "type", event_types, event.type, defaults.type);
  if (event.recurrence_id) out["recurrence_id"] = to_text(*event.recurrence_id);
  if (event.start != defaults.start) out["start"] = to_text(event.start);
  if (event.end != defaults.end) out["end"] = to_text(event.end);
  put(out, "title", event.title);
  put(out, "text", event.text);
  put(out, "html", event.html);
  put(out, "location", event.location);
  if (!event.categories.empty()) out["categories"] = event.categories;
  put(out, "show_as", show_as_names, event.show_as, defaults.show_as);
  put(out, "sensitivity", sensitivities, event.sensitivity, defaults.sensitivity);
  put(out, "importance", importances, event.importance, defaults.importance);
  put(out, "response", responses, event.response, defaults.response);
  if (event.reminder) out["reminder_minutes"] = event.reminder->count();
  if (event.cancelled) out["cancelled"] = true;
  if (event.cancellation_unstated) out["cancellation_unstated"] = true;
  put(out, "join_link", event.join_link);
  put(out, "web_link", event.web_link);
  if (event.organizer) out["organizer"] = person_json(*event.organizer);
  if (!event.people.empty()) {
    json people = json::array();
    for (const auto& person : event.people) people.push_back(person_json(person));
    out["people"] = std::move(people);
  }
  if (event.recurrence) {
    json recurrence = json::object();
    put(recurrence, "rrule", event.recurrence->rrule);
    if (!event.recurrence->exdates.empty()) recurrence["exdates"] = dates_json(event.recurrence->exdates);
    if (!event.recurrence->rdates.empty()) recurrence["rdates"] = dates_json(event.recurrence->rdates);
    out["recurrence"] = std::move(recurrence);
  }
  if (event.created) out["created"] = to_text(*event.created);
  if (event.last_modified) out["last_modified"] = to_text(*event.last_modified);
  put(out, "change_key", event.change_key);
  if (!event.warnings.empty()) out["warnings"] = event.warnings;
  return out;
}

Result<Event> event_from_json(const json& object) {
  Event event;
  Reader in(object, "");
  in.text("source_event_id", event.source_event_id);
  in.text("uid", event.uid);
  in.text("series_id", event.series_id);
  in.name("type", event_types, event.type);
  in.date("recurrence_id", event.recurrence_id);
  in.date("start", event.start);
  in.date("end", event.end);
  in.text("title", event.title);
  in.text("text", event.text);
  in.text("html", event.html);
  in.text("location", event.location);
  in.texts("categories", event.categories);
  in.name("show_as", show_as_names, event.show_as);
  in.name("sensitivity", sensitivities, event.sensitivity);
  in.name("importance", importances, event.importance);
  in.name("response", responses, event.response);
  in.minutes("reminder_minutes", event.reminder);
  in.flag("cancelled", event.cancelled);
  in.flag("cancellation_unstated", event.cancellation_unstated);
  in.text("join_link", event.join_link);
  in.text("web_link", event.web_link);
  if (const json* organizer = in.find("organizer")) event.organizer = read_person(in, *organizer, "organizer.");
  if (const json* people = in.find("people")) {
    if (people->is_array()) {
      for (const auto& person : *people) event.people.push_back(read_person(in, person, "people."));
    } else {
      in.wrong("people", "a list");
    }
  }
  if (const json* recurrence = in.find("recurrence")) event.recurrence = read_recurrence(in, *recurrence);
  in.time("created", event.created);
  in.time("last_modified", event.last_modified);
  in.text("change_key", event.change_key);
  in.texts("warnings", event.warnings);
  if (in.error()) return tl::unexpected<Error>(*in.error());
  return event;
}

}  // namespace calmux
