#include <algorithm>
#include <nlohmann/json.hpp>

#include "connectors/m365/decode.h"
#include "tests/fuzz/calendar_property.h"
#include "tests/fuzz/property.h"

namespace calmux::fuzz {
namespace {

void require_clean(const Event& event) {
  for (const auto* text : {&event.uid, &event.series_id, &event.title, &event.text, &event.html, &event.location,
                           &event.join_link, &event.web_link, &event.change_key}) {
    require(!has_control(*text), "a text holds no control", *text);
  }
  for (const auto& person : event.people) {
    require(!has_control(person.name) && !has_control(person.address), "a person's name holds no control", person.name);
  }
}

void try_item(const nlohmann::json& item) {
  const auto envelope = m365::envelope(item);
  require(envelope.has_value(), "an item that was taken can be found again", item.dump());
  const auto& id = envelope->source_event_id;
  require(!id.empty() && id.size() <= 1024 && !has_control(id), "an id can be a key", id);

  const auto events = m365::decode(item);
  if (!events) {
    require_worded(events.error());
    require(events.error().kind == ErrorKind::malformed || events.error().kind == ErrorKind::unplaceable,
            "what cannot be decoded is malformed or has no certain time", events.error().message);
    return;
  }
  require(!events->empty() && events->front().source_event_id == id, "the event has the id of its envelope", id);
  require(events->front().last_modified == envelope->last_modified, "the event has the version of its envelope", id);
  for (const auto& event : *events) {
    require_storable(event);
    require_clean(event);
  }
  for (const auto& object : objects_of(*events, postgres::Media::json)) require_faithful(object);
}

}  // namespace
}  // namespace calmux::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace calmux;
  const auto body = nlohmann::json::parse(fuzz::text_of(data, size), nullptr, false);
  if (body.is_discarded()) return 0;
  const auto items = m365::items(body);
  if (!items) {
    fuzz::require_worded(items.error());
    return 0;
  }
  for (const auto* item : *items) fuzz::try_item(*item);
  return 0;
}
