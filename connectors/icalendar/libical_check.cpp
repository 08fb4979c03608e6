#include "connectors/icalendar/libical_check.h"

#include <mutex>

#include "connectors/icalendar/libical.h"

namespace calmux::icalendar {

namespace {

std::optional<std::string> first_error(icalcomponent* component) {
  if (auto* property = icalcomponent_get_first_property(component, ICAL_XLICERROR_PROPERTY)) {
    const char* text = icalproperty_get_xlicerror(property);
    return text != nullptr ? text : "an error without a text";
  }
  for (auto* inner = icalcomponent_get_first_component(component, ICAL_ANY_COMPONENT); inner != nullptr;
       inner = icalcomponent_get_next_component(component, ICAL_ANY_COMPONENT)) {
    if (auto error = first_error(inner)) return error;
  }
  return std::nullopt;
}

}  // namespace

void warm_up_libical() {
  static std::once_flag once;
  std::call_once(once, [] {
    icalerror_set_errors_are_fatal(false);
    icaltimezone_get_utc_timezone();
    const ComponentPtr parsed(
        icalparser_parse_string("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nDTSTART:20260101T000000Z\r\n"
                                "RRULE:FREQ=DAILY;COUNT=1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"));
  });
}

std::optional<std::string> libical_complaint(const std::string& text, std::size_t events) {
  warm_up_libical();
  const ComponentPtr parsed(icalparser_parse_string(text.c_str()));
  if (!parsed) return "it is no calendar object";
  if (icalcomponent_count_errors(parsed.get()) > 0) {
    return first_error(parsed.get()).value_or("an error that it does not name");
  }
  const int found = icalcomponent_count_components(parsed.get(), ICAL_VEVENT_COMPONENT);
  if (found < 0 || static_cast<std::size_t>(found) != events) return "events are missing from it";
  return std::nullopt;
}

}  // namespace calmux::icalendar
