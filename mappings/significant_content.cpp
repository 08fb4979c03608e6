#include <algorithm>
#include <nlohmann/json.hpp>

#include "mappings/calendar_object.h"
#include "mappings/date_text.h"
#include "mappings/event.h"

namespace calmux {
namespace {

using nlohmann::json;

// Sources list attendees, categories and exclusions in whatever order they come to mind; a reader of the calendar
// learns nothing from it, so it must not cause a write.
void sort_array(json& object, const char* key) {
  if (const auto found = object.find(key); found != object.end()) std::sort(found->begin(), found->end());
}

json visible_dates(const std::vector<DateValue>& dates) {
  std::vector<std::string> texts;
  for (const auto& date : dates) texts.push_back(visible_text(date));
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

json visible(const Event& event) {
  json out = to_json(event);
  for (const char* bookkeeping : {"source_event_id", "uid", "series_id", "type", "cancellation_unstated", "created",
                                  "last_modified", "change_key", "warnings"}) {
    out.erase(bookkeeping);
  }
  out["start"] = visible_text(event.start);
  out["end"] = visible_text(event.end);
  if (event.recurrence_id) out["recurrence_id"] = visible_text(*event.recurrence_id);
  sort_array(out, "categories");
  sort_array(out, "people");
  if (event.recurrence) {
    json& recurrence = out["recurrence"];
    if (!event.recurrence->exdates.empty()) recurrence["exdates"] = visible_dates(event.recurrence->exdates);
    if (!event.recurrence->rdates.empty()) recurrence["rdates"] = visible_dates(event.recurrence->rdates);
  }
  return out;
}

// Bytes that are no UTF-8 must not throw: they compare as the replacement character they will be written as.
std::string canonical(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::string significant_content(const Event& event) {
  return canonical(visible(event));
}

std::string significant_content(const CalendarObject& object) {
  json out = {{"uid", object.uid}, {"main", visible(object.main)}};
  if (!object.overrides.empty()) {
    json overrides = json::array();
    for (const auto& event : object.overrides) overrides.push_back(visible(event));
    std::sort(overrides.begin(), overrides.end());
    out["overrides"] = std::move(overrides);
  }
  return canonical(out);
}

}  // namespace calmux
