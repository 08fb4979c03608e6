#include <nlohmann/json.hpp>

#include "connectors/icalendar/calendar_object_text.h"
#include "mappings/event_span.h"
#include "mappings/fold_window.h"
#include "tests/fuzz/calendar_property.h"
#include "tests/fuzz/property.h"

// A stored object is our own, but its texts came from outside: whatever stands in it, what is written invites nobody.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace calmux;
  using nlohmann::json;
  constexpr std::chrono::sys_seconds now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 20}};
  const auto stored = json::parse(fuzz::text_of(data, size), nullptr, false);
  if (stored.is_discarded()) return 0;
  const auto object = calendar_object_from_json(stored);
  if (!object) {
    fuzz::require_worded(object.error());
    return 0;
  }
  const auto text = to_json(*object).dump();
  const auto again = calendar_object_from_json(json::parse(text));
  fuzz::require(again && *again == *object, "a stored object reads as it was", text);
  fuzz::require(significant_content(*again) == significant_content(*object), "a stored object looks as it did", text);
  static_cast<void>(latest_end(object->main));
  static_cast<void>(may_be_in_window(object->main, now, {}));

  const auto built = icalendar::build(*object, now);
  if (!built) {
    fuzz::require_worded(built.error());
    return 0;
  }
  fuzz::require_harmless(*built, *object);
  fuzz::require(icalendar::is_ours(*built), "what is written bears the mark", *built);
  fuzz::require(icalendar::normalised(*built).has_value(), "what is written has a normal form", *built);
  return 0;
}
