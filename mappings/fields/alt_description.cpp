#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "mappings/fields/event_properties.h"
#include "mappings/fields/text_limit.h"

namespace calmux::fields {

namespace {

constexpr std::size_t html_limit = 32 * 1024;

/// A cut inside a tag or an entity would swallow the mark: go back to before it.
std::string limited_html(const std::string& html) {
  if (html.size() <= html_limit) return html;
  std::string cut(utf8_prefix(html, html_limit - cut_mark.size()));
  const auto open = cut.rfind('<');
  if (open != std::string::npos && cut.find('>', open) == std::string::npos) cut.resize(open);
  const auto entity = cut.rfind('&');
  if (entity != std::string::npos && cut.size() - entity < 12 && cut.find(';', entity) == std::string::npos) {
    cut.resize(entity);
  }
  return cut.append(cut_mark);
}

/// Whether a client that shows this could be made to do something. The plain text says the same without.
bool acts(std::string html) {
  std::ranges::transform(html, html.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::string_view, 5> telling{"<script", "<iframe", "<object", "<embed", "javascript:"};
  if (std::ranges::any_of(telling, [&](std::string_view one) { return html.find(one) != std::string::npos; }))
    return true;
  // An event handler within a tag: onload= and its kind, after a blank, a quote or a slash.
  for (auto at = html.find("on"); at != std::string::npos; at = html.find("on", at + 2)) {
    if (at == 0 || std::string_view(" \t\r\n\"'/").find(html[at - 1]) == std::string_view::npos) continue;
    const auto bracket = html.find_last_of("<>", at);
    if (bracket == std::string::npos || html[bracket] == '>') continue;
    auto end = at + 2;
    while (end < html.size() && std::isalpha(static_cast<unsigned char>(html[end])) != 0) ++end;
    while (end < html.size() && std::isspace(static_cast<unsigned char>(html[end])) != 0) ++end;
    if (end > at + 2 && end < html.size() && html[end] == '=') return true;
  }
  return false;
}

}  // namespace

/// X-ALT-DESC (MS-OXCICAL section 2.1.3.1.1.20.25): the body with its layout, for the clients that show HTML. Left out
/// where it could act.
void alt_description(const EventView& view, Component& out) {
  const std::string html = clean(utf8_prefix(view.event.html, 2 * html_limit + 2));
  if (!html.empty() && !acts(html)) out.add("X-ALT-DESC", Text{limited_html(html)}, {{"FMTTYPE", "text/html"}});
}

}  // namespace calmux::fields
