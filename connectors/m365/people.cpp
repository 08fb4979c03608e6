#include "connectors/m365/people.h"

#include <array>

namespace calmux::m365 {
namespace {

using nlohmann::json;

/// "Ann Example <ann@example.test>", or the address alone.
Person person_from_text(std::string_view text) {
  Person person;
  text = trimmed(text);
  const auto open = text.rfind('<');
  if (open != std::string_view::npos && text.ends_with('>')) {
    person.name = trimmed(text.substr(0, open));
    person.address = trimmed(text.substr(open + 1, text.size() - open - 2));
    if (person.name.size() > 1 && person.name.front() == '"' && person.name.back() == '"') {
      person.name = person.name.substr(1, person.name.size() - 2);
    }
  } else if (text.find('@') == std::string_view::npos) {
    person.name = text;
  } else {
    person.address = text;
  }
  return person;
}

void read_name_and_address(const Members& members, Person& person) {
  person.name = members.text("name");
  if (person.name.empty()) person.name = members.text("displayname");
  person.address = members.text("address");
  if (person.address.empty()) person.address = members.text("email");
  if (person.name == person.address) person.name.clear();
}

Person person_from_object(const Members& members) {
  Person person;
  const auto* address = members.find("emailaddress");
  if (address && address->is_string()) {
    person = person_from_text(members.text("emailaddress"));
    if (person.name.empty()) person.name = members.text("name");
  } else if (const auto inner = members.object("emailaddress")) {
    read_name_and_address(*inner, person);
  } else {
    read_name_and_address(members, person);
  }
  const auto* status = members.find("status");
  if (status && status->is_string()) {
    person.response = members.text("status");
  } else if (const auto inner = members.object("status")) {
    person.response = inner->text("response");
  }
  if (lower_case(person.response) == "none") person.response.clear();
  person.role = lower_case(members.text("type"));
  return person;
}

void add(std::vector<Person>& people, Person person) {
  if (!person.name.empty() || !person.address.empty()) people.push_back(std::move(person));
}

void add_separated(std::vector<Person>& people, std::string_view text, std::string_view role) {
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    Person person = person_from_text(text.substr(0, end));
    person.role = role;
    add(people, std::move(person));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void add_all(std::vector<Person>& people, const Members& item, std::string_view name, std::string_view role) {
  const json* value = item.find(name);
  if (!value) return;
  if (value->is_string()) return add_separated(people, item.text(name), role);
  if (!value->is_array()) return item.wrong(name, "a list of attendees or addresses separated by \";\"");
  std::size_t index = 0;
  for (const auto& element : *value) {
    const std::string path = item.path_of(name) + "[" + std::to_string(index++) + "]";
    if (element.is_string()) {
      add_separated(people, cleaned(element.get_ref<const std::string&>()), role);
    } else if (element.is_object()) {
      Person person = person_from_object(Members(element, path + ".", item.reading()));
      if (person.role.empty()) person.role = role;
      add(people, std::move(person));
    } else if (!blank(element)) {
      item.reading().malformed(path, described(element), "an attendee or an address");
    }
  }
}

}  // namespace

std::optional<Person> read_organizer(const Members& item) {
  const json* value = item.find("organizer");
  if (!value) return std::nullopt;
  Person person;
  if (value->is_string()) {
    person = person_from_text(item.text("organizer"));
  } else if (const auto members = item.object("organizer")) {
    person = person_from_object(*members);
  }
  person.role.clear();
  if (person.name.empty() && person.address.empty()) return std::nullopt;
  return person;
}

std::vector<Person> read_people(const Members& item) {
  std::vector<Person> people;
  add_all(people, item, "attendees", "");
  add_all(people, item, "requiredattendees", "required");
  add_all(people, item, "optionalattendees", "optional");
  add_all(people, item, "resourceattendees", "resource");
  return people;
}

}  // namespace calmux::m365
