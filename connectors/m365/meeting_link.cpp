#include "connectors/m365/meeting_link.h"

#include <algorithm>
#include <array>
#include <vector>

#include "connectors/m365/members.h"

namespace calmux::m365 {
namespace {

struct Service {
  std::string_view host;  ///< the host, or what it ends with after a dot
  std::string_view path;  ///< what its path starts with
};

constexpr std::array<Service, 10> services = {{{"teams.microsoft.com", "/l/meetup-join/"},
                                               {"teams.microsoft.com", "/meet/"},
                                               {"gov.teams.microsoft.us", "/l/meetup-join/"},
                                               {"dod.teams.microsoft.us", "/l/meetup-join/"},
                                               {"teams.live.com", "/meet/"},
                                               {"zoom.us", "/j/"},
                                               {"zoom.us", "/my/"},
                                               {"zoomgov.com", "/j/"},
                                               {"webex.com", "/"},
                                               {"meet.google.com", "/"}}};

bool is_meeting(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  const auto rest = url.substr(scheme + 3);
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string host = lower_case(rest.substr(0, slash));
  const auto path = rest.substr(slash);
  return std::any_of(services.begin(), services.end(), [&](const Service& service) {
    if (!host.ends_with(service.host)) return false;
    const bool same = host.size() == service.host.size() || host[host.size() - service.host.size() - 1] == '.';
    return same && path.size() > service.path.size() && path.starts_with(service.path);
  });
}

bool is_rule(std::string_view line) {
  const auto text = trimmed(line);
  return text.size() >= 20 && text.find_first_not_of('_') == std::string_view::npos;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string find_meeting_link(std::string_view text) {
  for (auto at = text.find("http"); at != std::string_view::npos; at = text.find("http", at + 4)) {
    const auto rest = text.substr(at);
    if (!rest.starts_with("https://") && !rest.starts_with("http://")) continue;
    auto url = rest.substr(0, rest.find_first_of(" \t\r\n<>\"'"));
    while (!url.empty() && std::string_view(".,;:)]").find(url.back()) != std::string_view::npos) url.remove_suffix(1);
    if (is_meeting(url)) return std::string(url);
  }
  return {};
}

std::string shorten_teams_block(const std::string& text) {
  const auto lines = lines_of(text);
  constexpr std::size_t longest = 40;  // more lines than that are somebody's own words
  for (std::size_t first = 0; first < lines.size(); ++first) {
    if (!is_rule(lines[first])) continue;
    std::size_t last = first + 1;
    while (last < lines.size() && !is_rule(lines[last])) ++last;
    if (last - first > longest) continue;
    const char* const begin = lines[first].data();
    const char* const end = last < lines.size() ? lines[last].data() + lines[last].size() : text.data() + text.size();
    const std::string link = find_meeting_link({begin, static_cast<std::size_t>(end - begin)});
    if (link.find("teams.") == std::string::npos) continue;
    std::string before(trimmed({text.data(), static_cast<std::size_t>(begin - text.data())}));
    const std::string after(trimmed({end, static_cast<std::size_t>(text.data() + text.size() - end)}));
    for (const std::string& part : {"Microsoft Teams: " + link, after}) {
      if (!before.empty() && !part.empty()) before.append(2, '\n');
      before += part;
    }
    return before;
  }
  return text;
}

}  // namespace calmux::m365
