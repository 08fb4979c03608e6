#include "connectors/icalendar/read_text.h"

#include <algorithm>

#include "connectors/icalendar/content_line.h"
#include "connectors/icalendar/read_date.h"
#include "mappings/fields/text_limit.h"
#include "mappings/fields/uri.h"

namespace calmux::icalendar {

namespace {

std::string text_of(const TextNode& event, std::string_view name) {
  const TextLine* const line = event.find(name);
  return line == nullptr ? std::string() : fields::clean(unescaped(line->value));
}

std::string word_of(const TextNode& event, std::string_view name) {
  const TextLine* const line = event.find(name);
  return line == nullptr ? std::string() : upper(line->value);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return out;
}

/// What Outlook says is finer than STATUS and TRANSP, and goes before them.
ShowAs show_as(const TextNode& event) {
  const std::string busy = word_of(event, "X-MICROSOFT-CDO-BUSYSTATUS");
  if (busy == "FREE") return ShowAs::free;
  if (busy == "TENTATIVE") return ShowAs::tentative;
  if (busy == "BUSY") return ShowAs::busy;
  if (busy == "OOF") return ShowAs::oof;
  if (busy == "WORKINGELSEWHERE") return ShowAs::working_elsewhere;
  if (word_of(event, "TRANSP") == "TRANSPARENT") return ShowAs::free;
  return word_of(event, "STATUS") == "TENTATIVE" ? ShowAs::tentative : ShowAs::busy;
}

/// An unknown CLASS is to be treated as PRIVATE (RFC 5545 section 3.8.1.3).
Sensitivity sensitivity(const TextNode& event) {
  const std::string name = word_of(event, "CLASS");
  if (name.empty() || name == "PUBLIC") return Sensitivity::normal;
  return name == "CONFIDENTIAL" ? Sensitivity::confidential : Sensitivity::private_;
}

/// 1 to 4 high, 5 normal, 6 to 9 low, 0 undefined (RFC 5545 section 3.8.1.9).
Importance importance(const TextNode& event) {
  const std::string priority = word_of(event, "PRIORITY");
  if (priority.size() != 1 || priority[0] < '1' || priority[0] > '9' || priority[0] == '5') return Importance::normal;
  return priority[0] < '5' ? Importance::high : Importance::low;
}

/// The first alarm that shows or sounds and is relative to the start. Others are the phone's own business.
std::optional<std::chrono::minutes> reminder(const TextNode& event) {
  for (const TextNode& alarm : event.inner) {
    const std::string action = word_of(alarm, "ACTION");
    const TextLine* const trigger = alarm.find("TRIGGER");
    if (alarm.name != "VALARM" || (action != "DISPLAY" && action != "AUDIO") || trigger == nullptr) continue;
    const auto offset = parse_duration(trigger->value);
    if (!offset || upper(trigger->parameter("RELATED")) == "END") continue;
    return std::chrono::floor<std::chrono::minutes>(-(offset->time + offset->days));
  }
  return std::nullopt;
}

Person person(const TextLine& line) {
  std::string address = fields::clean_line(line.value);
  if (lower(address).starts_with("mailto:")) address.erase(0, 7);
  // A principal's URL is an address for servers, not for people (iCloud); EMAIL then has the other (RFC 7986
  // section 6.2).
  if (address.find('@') == std::string::npos) address = fields::clean_line(line.parameter("EMAIL"));
  Person found{fields::clean_line(line.parameter("CN")), std::move(address), "", ""};
  return found;
}

Person attendee(const TextLine& line) {
  Person found = person(line);
  const std::string kind = upper(line.parameter("CUTYPE"));
  const std::string role = upper(line.parameter("ROLE"));
  if (kind == "RESOURCE" || kind == "ROOM") {
    found.role = "resource";
  } else {
    found.role = role == "OPT-PARTICIPANT" || role == "NON-PARTICIPANT" ? "optional" : "required";
  }
  const std::string response = lower(line.parameter("PARTSTAT"));
  if (response != "needs-action") found.response = fields::clean_line(response);
  return found;
}

std::optional<SourceTime> time_of(const TextNode& event, std::string_view name) {
  const TextLine* const line = event.find(name);
  const auto parsed = line == nullptr ? std::nullopt : parse_date_time(line->value);
  if (!parsed || parsed->form != DateForm::utc) return std::nullopt;
  return SourceTime{parsed->local.time_since_epoch()};
}

std::string link_of(const TextNode& event, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    for (const TextLine& line : event.lines) {
      if (line.name != name) continue;
      std::string link = unescaped(line.value);
      if (fields::is_web_address(link)) return link;
    }
  }
  return {};
}

}  // namespace

void read_texts(const TextNode& event, Event& out) {
  out.title = text_of(event, "SUMMARY");
  out.text = text_of(event, "DESCRIPTION");
  if (const TextLine* const html = event.find("X-ALT-DESC"); html && lower(html->parameter("FMTTYPE")) == "text/html") {
    out.html = text_of(event, "X-ALT-DESC");
  }
  out.location = text_of(event, "LOCATION");
  out.show_as = show_as(event);
  out.sensitivity = sensitivity(event);
  out.importance = importance(event);
  out.cancelled = word_of(event, "STATUS") == "CANCELLED";
  out.reminder = reminder(event);
  out.join_link = link_of(event, {"CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "X-GOOGLE-CONFERENCE"});
  out.web_link = link_of(event, {"URL"});
  for (const TextLine& line : event.lines) {
    if (line.name == "CATEGORIES") {
      for (const std::string& value : list_values(line.value)) {
        std::string category = fields::clean_line(value);
        const bool known = std::ranges::find(out.categories, category) != out.categories.end();
        if (!category.empty() && !known) out.categories.push_back(std::move(category));
      }
    } else if (line.name == "ATTENDEE") {
      out.people.push_back(attendee(line));
    } else if (line.name == "ORGANIZER" && !out.organizer) {
      out.organizer = person(line);
    }
  }
  out.created = time_of(event, "CREATED");
  out.last_modified = time_of(event, "LAST-MODIFIED");
  if (!out.last_modified) out.last_modified = time_of(event, "DTSTAMP");
  out.change_key = word_of(event, "SEQUENCE");
}

}  // namespace calmux::icalendar
