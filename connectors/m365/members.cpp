#include "connectors/m365/members.h"

#include <algorithm>
#include <charconv>

namespace calmux::m365 {
namespace {

using nlohmann::json;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == '\x7f';
}

bool equals(std::string_view name, std::string_view lower_name) {
  return name.size() == lower_name.size() &&
         std::equal(name.begin(), name.end(), lower_name.begin(), [](char l, char r) { return lower(l) == r; });
}

}  // namespace

void Reading::fail(ErrorKind kind, std::string message) {
  if (!error) error = Error{kind, std::move(message), std::nullopt, std::nullopt};
}

void Reading::malformed(const std::string& path, const std::string& found, std::string_view expected) {
  fail(ErrorKind::malformed, path + ": found " + found + ", expected " + std::string(expected));
}

std::string described(const json& value) {
  switch (value.type()) {
  case json::value_t::null:
    return "null";
  case json::value_t::object:
    return "an object";
  case json::value_t::array:
    return "a list";
  case json::value_t::boolean:
    return value.get<bool>() ? "true" : "false";
  case json::value_t::number_integer:
  case json::value_t::number_unsigned:
  case json::value_t::number_float:
    return "the number " + value.dump();
  case json::value_t::string: {
    // Content that a source's disclosure hides must not reach a log through an error: a few letters tell enough.
    const std::string text = cleaned(value.get_ref<const std::string&>());
    return text.size() <= 40 ? "the text \"" + text + "\"" : "a text of " + std::to_string(text.size()) + " bytes";
  }
  case json::value_t::binary:
  case json::value_t::discarded:
    break;
  }
  return "something else";
}

bool blank(const json& value) {
  if (value.is_null()) return true;
  if (!value.is_string()) return false;
  const auto text = trimmed(value.get_ref<const std::string&>());
  return text.empty() || (text.size() == 4 && lower_case(text) == "null");
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view spaces = " \t\r\n";
  const auto first = text.find_first_not_of(spaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

std::string cleaned(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto control = std::find_if(text.begin(), text.end(), [](char c) { return is_control(c); });
    const auto plain = static_cast<std::size_t>(control - text.begin());
    out += text.substr(0, plain);
    if (plain == text.size()) break;
    const bool line_break = *control == '\r' && !text.substr(plain + 1).starts_with('\n');
    if (line_break) out += '\n';
    text.remove_prefix(plain + 1);
  }
  return out;
}

Members::Members(const json& object, std::string path, Reading& reading) : path_(std::move(path)), reading_(&reading) {
  if (!object.is_object()) return;
  entries_.reserve(object.size());
  for (const auto& [name, value] : object.get_ref<const json::object_t&>()) entries_.push_back({name, &value});
}

const Members::Entry* Members::entry(std::string_view lower_name) const {
  // Where a flow sends both spellings, one is usually an expression that came out empty.
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return equals(entry.name, lower_name) && !blank(*entry.value);
  });
  return found == entries_.end() ? nullptr : &*found;
}

const json* Members::find(std::string_view lower_name) const {
  const Entry* found = entry(lower_name);
  return found ? found->value : nullptr;
}

std::string Members::path_of(std::string_view lower_name) const {
  const Entry* found = entry(lower_name);
  return path_ + std::string(found ? found->name : lower_name);
}

void Members::wrong(std::string_view lower_name, std::string_view expected) const {
  const json* value = find(lower_name);
  reading_->malformed(path_of(lower_name), value ? described(*value) : "nothing", expected);
}

std::string Members::text(std::string_view lower_name) const {
  const json* value = find(lower_name);
  if (!value) return {};
  if (value->is_string()) return cleaned(value->get_ref<const std::string&>());
  wrong(lower_name, "a text");
  return {};
}

std::optional<bool> Members::flag(std::string_view lower_name) const {
  const json* value = find(lower_name);
  if (!value) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  if (value->is_string()) {
    // A flow's string interpolation turns a boolean into "True".
    const auto word = lower_case(trimmed(value->get_ref<const std::string&>()));
    if (word == "true") return true;
    if (word == "false") return false;
  }
  wrong(lower_name, "true or false");
  return std::nullopt;
}

std::optional<std::int64_t> Members::integer(std::string_view lower_name) const {
  const json* value = find(lower_name);
  if (!value) return std::nullopt;
  if (value->is_number_integer()) return value->get<std::int64_t>();
  if (value->is_string()) {
    const auto text = trimmed(value->get_ref<const std::string&>());
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size()) return number;
  }
  wrong(lower_name, "a whole number");
  return std::nullopt;
}

std::vector<const json*> Members::list(std::string_view lower_name) const {
  std::vector<const json*> elements;
  const json* value = find(lower_name);
  if (!value) return elements;
  if (!value->is_array()) {
    wrong(lower_name, "a list");
    return elements;
  }
  elements.reserve(value->size());
  for (const auto& element : *value) elements.push_back(&element);
  return elements;
}

std::optional<Members> Members::object(std::string_view lower_name) const {
  const json* value = find(lower_name);
  if (!value) return std::nullopt;
  if (!value->is_object()) {
    wrong(lower_name, "an object");
    return std::nullopt;
  }
  return Members(*value, path_of(lower_name) + ".", *reading_);
}

}  // namespace calmux::m365
