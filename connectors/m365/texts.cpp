#include "connectors/m365/texts.h"

#include <algorithm>

#include "connectors/m365/html_text.h"
#include "connectors/m365/meeting_link.h"

namespace calmux::m365 {
namespace {

using nlohmann::json;

std::string without_end_space(std::string text) {
  text.resize(text.find_last_not_of(" \t\n") + 1);
  return text;
}

std::string place_name(const Members& place) {
  const std::string name = place.text("displayname");
  if (!name.empty()) return name;
  const auto* address = place.find("address");
  if (!address || !address->is_object()) return place.text("address");
  const auto parts = place.object("address");
  std::string line;
  for (const char* part : {"street", "postalcode", "city", "countryorregion"}) {
    const std::string text = parts->text(part);
    if (!text.empty()) line += (line.empty() ? "" : ", ") + text;
  }
  return line;
}

/// `locations` names all the rooms of a meeting, of which `location` joins the names or shows the first.
std::string read_location(const Members& item) {
  std::vector<std::string> names;
  if (const auto* list = item.find("locations"); list && list->is_array()) {
    std::size_t index = 0;
    for (const auto& place : *list) {
      const std::string path = item.path_of("locations") + "[" + std::to_string(index++) + "].";
      std::string name = place.is_string() ? cleaned(place.get_ref<const std::string&>())
                                           : place_name(Members(place, path, item.reading()));
      if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
    }
  }
  if (!names.empty()) {
    std::string joined;
    for (const auto& name : names) joined += (joined.empty() ? "" : "; ") + name;
    return joined;
  }
  const auto* location = item.find("location");
  if (!location) return {};
  if (location->is_string()) return without_end_space(item.text("location"));
  const auto place = item.object("location");
  return place ? place_name(*place) : std::string{};
}

void read_body(const Members& item, Event& event) {
  std::string content;
  bool html = item.flag("ishtml").value_or(false);
  if (const auto* body = item.find("body"); body && body->is_string()) {
    content = item.text("body");
    html = html || lower_case(item.text("contenttype")) == "html";
  } else if (const auto inner = item.object("body")) {
    content = inner->text("content");
    if (inner->has("contenttype")) html = lower_case(inner->text("contenttype")).find("html") != std::string::npos;
  }
  if (content.empty()) {
    content = item.text("bodypreview");
    html = false;
  }
  if (html) {
    Reading& reading = item.reading();
    if (reading.last_html != content) {
      reading.last_text = without_end_space(shorten_teams_block(html_to_text(content)));
      reading.last_html = content;
    }
    event.text = reading.last_text;
  } else {
    event.text = without_end_space(shorten_teams_block(content));
  }
  // A body without a word (Outlook's empty frame) is no body.
  if (html && !event.text.empty()) event.html = std::move(content);
}

std::vector<std::string> read_categories(const Members& item) {
  std::vector<std::string> categories;
  const auto add = [&](std::string_view text) {
    if (const auto name = trimmed(text); !name.empty()) categories.emplace_back(name);
  };
  const auto* value = item.find("categories");
  if (value && value->is_string()) {
    const std::string text = item.text("categories");
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto end = std::min(rest.find_first_of(";,"), rest.size());
      add(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return categories;
  }
  for (const auto* category : item.list("categories")) {
    if (category->is_string()) {
      add(cleaned(category->get_ref<const std::string&>()));
    } else if (!blank(*category)) {
      item.reading().malformed(item.path_of("categories"), described(*category), "a list of texts");
    }
  }
  return categories;
}

std::string read_join_link(const Members& item, const Event& event) {
  if (const auto* meeting = item.find("onlinemeeting"); meeting && meeting->is_object()) {
    const std::string url = item.object("onlinemeeting")->text("joinurl");
    if (!url.empty()) return url;
  }
  std::string url = item.text("onlinemeetingurl");
  if (url.empty()) url = find_meeting_link(event.location);
  if (url.empty()) url = find_meeting_link(event.text);
  return url;
}

}  // namespace

void read_texts(const Members& item, Event& event) {
  event.title = trimmed(item.text("subject"));
  if (event.title.empty()) event.title = trimmed(item.text("title"));
  std::replace(event.title.begin(), event.title.end(), '\n', ' ');
  event.location = read_location(item);
  read_body(item, event);
  event.categories = read_categories(item);
  event.join_link = read_join_link(item, event);
  event.web_link = item.text("weblink");
}

}  // namespace calmux::m365
