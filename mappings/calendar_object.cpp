#include "mappings/calendar_object.h"

#include <nlohmann/json.hpp>

#include "mappings/sha256.h"

namespace calmux {

using nlohmann::json;

json to_json(const CalendarObject& object) {
  json out = {{"uid", object.uid}, {"main", to_json(object.main)}};
  if (!object.overrides.empty()) {
    json overrides = json::array();
    for (const auto& event : object.overrides) overrides.push_back(to_json(event));
    out["overrides"] = std::move(overrides);
  }
  return out;
}

Result<CalendarObject> calendar_object_from_json(const json& object) {
  if (!object.is_object()) return fail(ErrorKind::malformed, "stored calendar object: not an object");
  const auto uid = object.find("uid");
  if (uid == object.end() || !uid->is_string()) {
    return fail(ErrorKind::malformed, "stored calendar object: uid is not a text");
  }
  const auto main = object.find("main");
  if (main == object.end()) return fail(ErrorKind::malformed, "stored calendar object: main is missing");

  CalendarObject out;
  out.uid = uid->get<std::string>();
  auto event = event_from_json(*main);
  if (!event) return tl::unexpected<Error>(event.error());
  out.main = *std::move(event);
  if (const auto overrides = object.find("overrides"); overrides != object.end()) {
    if (!overrides->is_array()) return fail(ErrorKind::malformed, "stored calendar object: overrides is not a list");
    for (const auto& item : *overrides) {
      auto exception = event_from_json(item);
      if (!exception) return tl::unexpected<Error>(exception.error());
      out.overrides.push_back(*std::move(exception));
    }
  }
  return out;
}

std::string mint_uid(std::string_view workspace, std::string_view source_id, std::string_view identity) {
  // Lengths go in front, so that no two triples give the same text. 160 bits; no "@", which servers escape differently
  // in an href; the prefix lets a source that hands our own output back be recognised. Changing any of it orphans every
  // resource.
  std::string text = "calmux-uid-1";
  for (const auto part : {workspace, source_id, identity}) {
    text += ':' + std::to_string(part.size()) + ':';
    text += part;
  }
  return "calmux-" + sha256_hex(text).substr(0, 40);
}

}  // namespace calmux
