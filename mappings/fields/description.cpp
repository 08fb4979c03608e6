#include "mappings/fields/event_properties.h"
#include "mappings/fields/text_limit.h"

namespace calmux::fields {

namespace {

constexpr std::size_t description_limit = 16 * 1024;
constexpr std::size_t people_limit = 4 * 1024;

std::string person_text(const Person& person) {
  const std::string name = clean_line(person.name, 200);
  const std::string address = clean_line(person.address, 320);
  std::string text = name;
  if (!address.empty() && address != name) text += name.empty() ? address : " <" + address + ">";
  if (text.empty()) return text;

  std::string remark = clean_line(person.role, 40);
  const std::string response = clean_line(person.response, 40);
  if (!response.empty() && response != "none") remark += (remark.empty() ? "" : ", ") + response;
  if (!remark.empty()) text += " (" + remark + ")";
  return text;
}

/// As many people as fit, then how many more there are.
std::string people_text(const std::vector<Person>& people) {
  std::string text;
  for (std::size_t i = 0; i < people.size(); ++i) {
    const std::string person = person_text(people[i]);
    if (person.empty()) continue;
    if (text.size() + person.size() > people_limit) return text + "\n- … " + std::to_string(people.size() - i);
    text += "\n- " + person;
  }
  return text;
}

}  // namespace

/// The plain text, then what phones show nowhere else: the join link, and the people. People are text and nothing but
/// text: as ORGANIZER or ATTENDEE some servers would send them mail, whatever SCHEDULE-AGENT says (Baikal, SOGo).
void description(const EventView& view, Component& out) {
  const Event& event = view.event;
  std::string added;
  const std::string link = clean_line(event.join_link, 2048);
  if (!link.empty() && event.text.find(link) == std::string::npos) added += "Join: " + link;
  if (event.organizer) {
    const std::string organizer = person_text(*event.organizer);
    if (!organizer.empty()) added += (added.empty() ? "" : "\n") + ("Organiser: " + organizer);
  }
  if (const std::string people = people_text(event.people); !people.empty()) {
    added += (added.empty() ? "" : "\n") + ("People:" + people);
  }

  const std::size_t room = description_limit - (added.empty() ? 0 : added.size() + 2);
  std::string text = clean_text(event.text, room);
  text.erase(text.find_last_not_of(" \t\n") + 1);
  if (!text.empty() && !added.empty()) text += "\n\n";
  text += added;
  if (!text.empty()) out.add("DESCRIPTION", Text{std::move(text)});
}

}  // namespace calmux::fields
