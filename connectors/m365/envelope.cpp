#include <algorithm>
#include <nlohmann/json.hpp>

#include "connectors/m365/decode.h"
#include "connectors/m365/identity.h"
#include "connectors/m365/times.h"

namespace calmux::m365 {
namespace {

using nlohmann::json;

constexpr std::size_t max_items = 1000;
constexpr int max_depth = 32;
constexpr std::size_t max_id_bytes = 1024;

/// Recursion is bounded by the very limit it checks.
bool deeper_than(const json& value, int limit) {
  if (!value.is_structured()) return false;
  if (limit == 0) return true;
  return std::any_of(value.begin(), value.end(), [&](const json& inner) { return deeper_than(inner, limit - 1); });
}

std::optional<Operation> operation_word(const Members& item, std::string_view name) {
  const std::string word = lower_case(trimmed(item.text(name)));
  if (word.empty()) return std::nullopt;
  if (word == "added" || word == "created" || word == "add" || word == "create") return Operation::create;
  if (word == "updated" || word == "changed" || word == "update") return Operation::update;
  if (word == "deleted" || word == "removed" || word == "delete") return Operation::delete_;
  item.wrong(name, "added, updated or deleted");
  return std::nullopt;
}

std::optional<Operation> read_operation(const Members& item) {
  for (const char* name : {"actiontype", "changetype"}) {
    if (const auto operation = operation_word(item, name)) return operation;
  }
  if (item.has("@removed")) return Operation::delete_;  // a tombstone of a delta query
  if (item.flag("isdeleted").value_or(false)) return Operation::delete_;
  if (item.flag("isadded").value_or(false)) return Operation::create;
  if (item.flag("isupdated").value_or(false)) return Operation::update;
  return std::nullopt;
}

Result<Envelope> envelope_at(const json& item, const std::string& path) {
  if (!item.is_object()) {
    return fail(ErrorKind::malformed,
                (path.empty() ? "The body" : path) + ": found " + described(item) + ", expected an event");
  }
  Reading reading;
  const Members members(item, path.empty() ? path : path + ".", reading);
  Envelope envelope;
  envelope.source_event_id = read_id(members);
  envelope.operation = read_operation(members);
  envelope.last_modified = read_last_modified(members);
  if (reading.error) return tl::unexpected<Error>(*reading.error);
  return envelope;
}

/// The list in `{"value": […]}`, in any letter case; an event has no such member.
const json* value_list(const json& body) {
  for (const auto& [name, value] : body.get_ref<const json::object_t&>()) {
    if (name.size() == 5 && value.is_array() && lower_case(name) == "value") return &value;
  }
  return nullptr;
}

}  // namespace

std::string read_id(const Members& item) {
  for (const char* name : {"id", "eventid", "event_id"}) {
    const json* value = item.find(name);
    if (!value) continue;
    if (!value->is_string()) {
      item.wrong(name, "a text");
      return {};
    }
    const auto& id = value->get_ref<const std::string&>();
    const bool control =
        std::any_of(id.begin(), id.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (control || id.size() > max_id_bytes) {
      item.reading().malformed(item.path_of(name),
                               control ? "control characters" : std::to_string(id.size()) + " bytes",
                               "at most " + std::to_string(max_id_bytes) + " bytes without control characters");
      return {};
    }
    return id;
  }
  item.wrong("id", "the event's id");
  return {};
}

std::optional<SourceTime> read_last_modified(const Members& item) {
  for (const char* name : {"lastmodifieddatetime", "datetimelastmodified", "lastmodified"}) {
    if (item.has(name)) return read_moment(item, name);
  }
  return std::nullopt;
}

Result<std::vector<const json*>> items(const json& body) {
  if (deeper_than(body, max_depth)) {
    return fail(ErrorKind::too_large, "The body is nested more than " + std::to_string(max_depth) + " levels deep");
  }
  const json* list = body.is_object() ? value_list(body) : body.is_array() ? &body : nullptr;
  std::vector<const json*> found;
  if (!list) {
    if (const auto single = envelope_at(body, {}); !single) return tl::unexpected<Error>(single.error());
    found.push_back(&body);
    return found;
  }
  if (list->size() > max_items) {
    return fail(ErrorKind::too_large, std::to_string(list->size()) + " events in one body; at most " +
                                          std::to_string(max_items) + " are taken");
  }
  const std::string name = body.is_object() ? "value" : "";
  found.reserve(list->size());
  for (const auto& item : *list) {
    const std::string path = name + "[" + std::to_string(found.size()) + "]";
    const auto checked = envelope_at(item, path);
    if (!checked) return tl::unexpected<Error>(checked.error());
    // Each item is stored alone, and read alone it would be another list.
    if (value_list(item)) return fail(ErrorKind::malformed, path + ": found a list of events, expected an event");
    found.push_back(&item);
  }
  return found;
}

Result<Envelope> envelope(const json& item) {
  return envelope_at(item, {});
}

}  // namespace calmux::m365
