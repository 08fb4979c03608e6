#include <algorithm>
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

bool begins_with(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() && std::equal(lower.begin(), lower.end(), text.begin(), [](char l, char c) {
           return l == (c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
         });
}

/// Whether an attribute of the tag is an event handler: onload= and its kind, after a blank, a quote or a slash.
bool handles_events(std::string_view tag) {
  for (std::size_t at = 1; at + 2 < tag.size(); ++at) {
    if (!begins_with(tag.substr(at), "on")) continue;
    if (std::string_view(" \t\r\n\"'/").find(tag[at - 1]) == std::string_view::npos) continue;
    auto end = at + 2;
    while (end < tag.size() && std::isalpha(static_cast<unsigned char>(tag[end])) != 0) ++end;
    const bool named = end > at + 2;
    while (end < tag.size() && std::isspace(static_cast<unsigned char>(tag[end])) != 0) ++end;
    if (named && end < tag.size() && tag[end] == '=') return true;
  }
  return false;
}

/// Whether a client that shows this could be made to do something. The plain text says the same without.
bool acts(std::string_view html) {
  for (auto at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
    const auto rest = html.substr(at + 1);
    for (const std::string_view name : {"script", "iframe", "object", "embed"}) {
      if (begins_with(rest, name)) return true;
    }
    if (handles_events(rest.substr(0, rest.find_first_of("<>")))) return true;
  }
  constexpr std::string_view scheme = "javascript";
  for (auto at = html.find(':'); at != std::string_view::npos; at = html.find(':', at + 1)) {
    if (at >= scheme.size() && begins_with(html.substr(at - scheme.size()), scheme)) return true;
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
