#include "connectors/icalendar/envelope.h"

#include <algorithm>
#include <cctype>

#include "connectors/icalendar/content_line.h"
#include "mappings/fields/text_limit.h"

namespace calmux::icalendar {
namespace {

constexpr std::size_t longest_uid = 1024;

bool begins_with_name(std::string_view line, std::string_view name) {
  return line.size() >= name.size() &&
         std::ranges::equal(line.substr(0, name.size()), name, [](char sent, char expected) {
           return std::toupper(static_cast<unsigned char>(sent)) == expected;
         });
}

/// Takes the next content line off `text`, unfolded (RFC 5545 section 3.1).
std::string next_line(std::string_view& text) {
  std::string line;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.ends_with('\r')) part.remove_suffix(1);
    line += part;
    if (text.empty() || (text.front() != ' ' && text.front() != '\t')) break;
    text.remove_prefix(1);
  }
  return line;
}

}  // namespace

Result<std::string> uid_of(std::string_view text) {
  bool in_calendar = false;
  bool in_event = false;
  while (!text.empty()) {
    const auto line = next_line(text);
    in_calendar = in_calendar || begins_with_name(line, "BEGIN:VCALENDAR");
    if (begins_with_name(line, "BEGIN:VEVENT")) in_event = true;
    if (!in_event || !begins_with_name(line, "UID")) continue;
    const auto colon = line.find(':');
    if (colon == std::string::npos || (line[3] != ':' && line[3] != ';')) continue;
    const auto uid = fields::clean_line(unescaped(std::string_view(line).substr(colon + 1)));  // as read() gives it
    if (uid.empty()) return fail(ErrorKind::malformed, "the VEVENT's UID is empty; send the whole calendar object");
    if (uid.size() > longest_uid) return fail(ErrorKind::malformed, "the VEVENT's UID is longer than 1024 bytes");
    return uid;
  }
  if (!in_calendar) return fail(ErrorKind::malformed, "the body does not begin a VCALENDAR; send an iCalendar object");
  if (!in_event) return fail(ErrorKind::malformed, "the VCALENDAR holds no VEVENT; only events can be taken");
  return fail(ErrorKind::malformed, "the VEVENT has no UID; send the whole calendar object");
}

}  // namespace calmux::icalendar
