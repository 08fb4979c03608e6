#include "connectors/icalendar/calendar_object_text.h"
#include "connectors/icalendar/envelope.h"
#include "tests/fuzz/calendar_property.h"
#include "tests/fuzz/property.h"

// What a phone or a server posts, on to what Calmux writes of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace calmux;
  using namespace calmux::fuzz;
  const auto text = text_of(data, size);
  const auto events = icalendar::read(text);
  const auto uid = icalendar::uid_of(text);
  // The receiver lets only UTF-8 through; of anything else it is enough that it can be read past.
  if (!is_utf8(text)) return 0;
  if (!uid) require_worded(uid.error());
  if (!events) {
    require_worded(events.error());
    require(events.error().kind == ErrorKind::malformed || events.error().kind == ErrorKind::unplaceable ||
                events.error().kind == ErrorKind::too_large,
            "what cannot be read is malformed, too large or has no certain time", events.error().message);
    return 0;
  }
  require(uid && *uid == events->front().uid, "an object that was taken can be found again", text);
  for (const auto& event : *events) {
    require_storable(event);
    for (const auto* one : {&event.uid, &event.title, &event.text, &event.html, &event.location, &event.join_link})
      require(!has_control(*one), "a text holds no control", *one);
  }
  for (const auto& object : objects_of(*events, postgres::Media::icalendar)) require_faithful(object);
  return 0;
}
