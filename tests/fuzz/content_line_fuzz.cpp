#include <algorithm>

#include "connectors/icalendar/calendar_object_text.h"
#include "connectors/icalendar/content_line.h"
#include "connectors/icalendar/read_date.h"
#include "connectors/icalendar/text_tree.h"
#include "mappings/fields/text_limit.h"
#include "tests/fuzz/calendar_property.h"
#include "tests/fuzz/property.h"

namespace calmux::fuzz {
namespace {

using icalendar::TextLine;
using icalendar::TextNode;

bool same(const TextLine& left, const TextLine& right) {
  return left.name == right.name && left.parameters == right.parameters && left.value == right.value;
}

bool same(const TextNode& left, const TextNode& right) {
  const auto equal = [](const auto& one, const auto& other) { return same(one, other); };
  return left.name == right.name && std::ranges::equal(left.lines, right.lines, equal) &&
         std::ranges::equal(left.inner, right.inner, equal);
}

/// RFC 6868.
std::string encoded(const std::string& parameter) {
  std::string out = "\"";
  for (const char c : parameter) {
    if (c == '^') out += "^^";
    if (c == '"') out += "^'";
    if (c == '\n') out += "^n";
    if (c != '^' && c != '"' && c != '\n') out += c;
  }
  return out + '"';
}

void write(const TextNode& node, std::string& out) {
  for (const auto& line : node.lines) {
    out += line.name;
    for (const auto& [name, value] : line.parameters) out += ";" + name + "=" + encoded(value);
    out += ":" + line.value + "\r\n";
  }
  for (const auto& inner : node.inner) {
    out += "BEGIN:" + inner.name + "\r\n";
    write(inner, out);
    out += "END:" + inner.name + "\r\n";
  }
}

/// Of what may stand in the name of a parameter the reader says nothing; it can be written again where it is a name.
bool has_plain_names(const TextNode& node) {
  return std::ranges::all_of(node.lines,
                             [](const TextLine& line) {
                               return std::ranges::all_of(line.parameters, [](const auto& parameter) {
                                 return parameter.first.find_first_of("\"\r") == std::string::npos;
                               });
                             }) &&
         std::ranges::all_of(node.inner, has_plain_names);
}

void reverse(TextNode& node) {
  std::ranges::reverse(node.lines);
  std::ranges::reverse(node.inner);
  for (auto& inner : node.inner) reverse(inner);
}

/// A fold where there was none; nothing else may change by it.
std::string folded(std::string_view text, std::size_t at) {
  const bool in_line = at > 0 && at < text.size() && text[at - 1] != '\n' && text[at - 1] != '\r' && at > 3;
  return in_line ? std::string(text.substr(0, at)) + "\r\n " + std::string(text.substr(at)) : std::string(text);
}

void try_body(std::string_view text) {
  const auto tree = icalendar::parse_text(text);
  const auto normal = icalendar::normalised(text);
  static_cast<void>(icalendar::is_ours(text));
  if (!tree) {
    require(!normal, "what cannot be read has no normal form", text);
    return;
  }
  if (!has_plain_names(*tree)) return;
  std::string written;
  write(*tree, written);
  const auto read = icalendar::parse_text(written);
  require(read && same(*tree, *read), "a tree that was written is read as it was", written);
  if (!normal) return;
  const auto equals = [&](const std::string& other) {
    const auto its = icalendar::normalised(other);
    return its && *its == *normal;
  };
  require(equals(written), "writing changes nothing", written);
  require(equals(folded(text, text.size() / 2)), "folding changes nothing", text);
  auto turned = *tree;
  reverse(turned);
  std::string backwards;
  write(turned, backwards);
  require(equals(backwards), "order changes nothing", backwards);
}

void try_values(std::string_view input) {
  if (!is_utf8(input)) return;
  const std::string text = fields::clean(input);
  fields::Component component{"VEVENT", {}, {}};
  component.add("SUMMARY", fields::Text{text}, {{"X-NOTE", text}});
  component.add("CATEGORIES", fields::TextList{{text, "a,b", text}});
  component.add("X-TOKEN", fields::Token{std::string(input)});
  icalendar::ContentLines lines;
  lines.add(component);
  require_harmless(lines.text(), {});
  const auto tree = icalendar::parse_text(lines.text());
  require(tree && tree->inner.size() == 1 && tree->inner.front().lines.size() == 3, "each property is one line",
          lines.text());
  const auto& read = tree->inner.front().lines;
  require(icalendar::unescaped(read[0].value) == text, "a text reads as it was written", lines.text());
  std::string parameter = text;
  std::erase(parameter, '\t');
  require(read[0].parameter("X-NOTE") == parameter, "a parameter reads as it was written", lines.text());
  require(icalendar::list_values(read[1].value) == std::vector<std::string>{text, "a,b", text},
          "a list reads as it was written", lines.text());
}

void try_dates(std::string_view text) {
  if (const auto date = icalendar::parse_date_time(text)) {
    std::string written = date->form == icalendar::DateForm::date ? icalendar::format_date(date->local)
                                                                  : icalendar::format_time(date->local);
    if (date->form == icalendar::DateForm::utc) written += 'Z';
    const auto again = icalendar::parse_date_time(written);
    require(again && again->form == date->form && again->local == date->local, "a date reads as it was written", text);
  }
  if (const auto length = icalendar::parse_duration(text)) {
    const auto turned = icalendar::parse_duration((text.starts_with('-') ? "+" : "-") +
                                                  std::string(text.substr(text.find_first_of("Pp"))));
    require(turned && turned->days == -length->days && turned->time == -length->time, "a sign turns a duration", text);
  }
}

}  // namespace
}  // namespace calmux::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = calmux::fuzz::text_of(data, size);
  calmux::fuzz::try_body(text);
  calmux::fuzz::try_values(text);
  calmux::fuzz::try_dates(text);
  return 0;
}
