#include "mappings/fields/event_properties.h"
#include "mappings/fields/text_limit.h"

namespace calmux::fields {

/// VALARM with ACTION:DISPLAY (RFC 5545 section 3.6.6), whose DESCRIPTION is what the phone shows. Never EMAIL: the
/// server would send it. Nobody is reminded of a cancelled meeting.
void reminder(const EventView& view, Component& out) {
  if (!view.event.reminder || view.event.cancelled) return;
  const auto minutes = view.event.reminder->count();
  // Four weeks is the longest that Outlook offers; ten years bounds what a damaged payload may say.
  constexpr std::chrono::minutes::rep most = 10 * 366 * 24 * 60;
  if (minutes > most || minutes < -most) return;
  std::string trigger = "PT0S";
  if (minutes > 0) trigger = "-PT" + std::to_string(minutes) + "M";
  if (minutes < 0) trigger = "PT" + std::to_string(-minutes) + "M";
  const std::string title = clean_line(view.event.title, 1024);

  Component alarm{"VALARM", {}, {}};
  alarm.add("ACTION", Token{"DISPLAY"});
  alarm.add("DESCRIPTION", Text{title.empty() ? "Reminder" : title});
  alarm.add("TRIGGER", Token{trigger});
  out.components.push_back(std::move(alarm));
}

}  // namespace calmux::fields
