#include <algorithm>
#include <set>

#include "connectors/icalendar/calendar_object_text.h"
#include "connectors/icalendar/content_line.h"
#include "connectors/icalendar/read_date.h"
#include "connectors/icalendar/text_tree.h"
#include "connectors/icalendar/tzid.h"

namespace calmux::icalendar {

namespace {

using Lines = std::set<std::string>;

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

/// Bookkeeping: servers rewrite, add or drop it (CREATED: SOGo; X-LIC-ERROR: Cyrus; alarm UIDs and X-MOZ: clients that
/// only looked).
bool is_bookkeeping(const TextLine& line) {
  return is_one_of(line.name, {"DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "X-CALMUX-ORIGIN", "ACKNOWLEDGED"}) ||
         line.name.starts_with("X-LIC-") || line.name.starts_with("X-MOZ-") || line.name == "X-WR-ALARMUID";
}

/// Says what its absence says (RFC 5545 sections 3.8.1.3, 3.8.1.9, 3.8.2.7).
bool is_default(const TextLine& line) {
  const std::string value = upper(line.value);
  return (line.name == "CLASS" && value == "PUBLIC") || (line.name == "TRANSP" && value == "OPAQUE") ||
         (line.name == "PRIORITY" && value == "0");
}

std::string normal_date(const TextLine& line, std::string_view value) {
  const std::string plain = upper(value);
  const std::string_view tzid = line.parameter("TZID");
  const auto parsed = parse_date_time(plain);
  if (!parsed || parsed->form != DateForm::local || tzid.empty()) return plain;
  const std::string zone = resolve_tzid(tzid).value_or(std::string(tzid));
  return zone == "UTC" ? plain + "Z" : plain + " " + zone;
}

/// -PT15M, -PT900S and -P0DT0H15M0S are one trigger; python-icalendar (Xandikos) writes -PT1440M back as -P1D.
std::string normal_duration(const std::string& value) {
  const auto parsed = parse_duration(upper(value));
  return parsed ? std::to_string((parsed->time + parsed->days).count()) : value;
}

/// Parts and their lists sorted, defaults left out: libical and python-icalendar each have an order of their own.
std::string normal_rule(const std::string& value) {
  std::set<std::string> parts;
  const std::string rule = upper(value) + ";";
  for (std::size_t at = 0; at < rule.size();) {
    const std::size_t end = rule.find(';', at);
    const std::string part = rule.substr(at, end - at);
    at = end + 1;
    const auto equals = part.find('=');
    if (equals == std::string::npos || part == "INTERVAL=1" || part == "WKST=MO") continue;
    std::vector<std::string> items = list_values(part.substr(equals + 1));
    for (std::string& item : items) {
      if (item.starts_with('+')) item.erase(0, 1);
    }
    std::ranges::sort(items);
    std::string joined = part.substr(0, equals + 1);
    for (const std::string& item : items) joined += item + ",";
    parts.insert(std::move(joined));
  }
  std::string out;
  for (const std::string& part : parts) out += part + ";";
  return out;
}

/// VALUE follows from the value itself, TZID is part of a date; X-VOBJ is what Radicale's library leaves behind.
std::string normal_parameters(const TextLine& line) {
  Lines kept;
  for (const auto& [name, value] : line.parameters) {
    if (is_one_of(name, {"VALUE", "TZID"}) || name.starts_with("X-VOBJ")) continue;
    if (name == "RELATED" && upper(value) == "START") continue;
    kept.insert(";" + name + "=" + value);
  }
  std::string out;
  for (const std::string& parameter : kept) out += parameter;
  return out;
}

std::string on_one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\\') {
      out += "\\\\";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

void add_line(const TextLine& line, Lines& out) {
  if (line.value.empty() || is_bookkeeping(line) || is_default(line)) return;
  const std::string head = line.name + normal_parameters(line) + ":";
  if (is_one_of(line.name, {"DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE"})) {
    for (const std::string& value : list_values(line.value)) out.insert(head + on_one_line(normal_date(line, value)));
  } else if (is_one_of(line.name, {"CATEGORIES", "RESOURCES"})) {
    for (const std::string& value : list_values(line.value)) out.insert(head + on_one_line(value));
  } else if (line.name == "RRULE") {
    out.insert(head + on_one_line(normal_rule(line.value)));
  } else if (is_one_of(line.name, {"TRIGGER", "DURATION"})) {
    out.insert(head + on_one_line(normal_duration(line.value)));
  } else if (is_one_of(line.name, {"CLASS", "TRANSP", "STATUS", "ACTION", "X-MICROSOFT-CDO-BUSYSTATUS"})) {
    out.insert(head + on_one_line(upper(line.value)));
  } else {
    out.insert(head + on_one_line(unescaped(line.value)));
  }
}

std::string normal_component(const TextNode& node) {
  Lines lines;
  for (const TextLine& line : node.lines) {
    // An alarm's UID is the server's or a client's (RFC 9074).
    if (node.name == "VALARM" && line.name == "UID") continue;
    add_line(line, lines);
  }
  std::multiset<std::string> inner;
  for (const TextNode& component : node.inner) inner.insert(normal_component(component));
  std::string out = "BEGIN:" + node.name + "\n";
  for (const std::string& line : lines) out += line + "\n";
  for (const std::string& component : inner) out += component;
  return out + "END:" + node.name + "\n";
}

}  // namespace

Result<std::string> normalised(std::string_view body) {
  const auto tree = parse_text(body);
  if (!tree) return tl::unexpected(tree.error());
  std::multiset<std::string> components;
  for (const TextNode& calendar : tree->inner) {
    if (calendar.name != "VCALENDAR") return fail(ErrorKind::malformed, "this is no VCALENDAR but a " + calendar.name);
    for (const TextNode& component : calendar.inner) {
      if (component.name != "VTIMEZONE") components.insert(normal_component(component));
    }
  }
  if (tree->inner.empty()) return fail(ErrorKind::malformed, "the text holds no VCALENDAR");
  std::string out;
  for (const std::string& component : components) out += component;
  return out;
}

}  // namespace calmux::icalendar
