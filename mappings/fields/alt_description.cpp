#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string_view>
#include <utility>

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

/// Whether the tag whose name begins here has an event handler: onload= and its kind. Attributes are cut as the HTML
/// standard cuts them (section 13.2.5). `read` grows by what was looked at.
bool handles_events(std::string_view html, std::size_t& read) {
  constexpr std::string_view blanks = " \t\n";
  std::size_t at = html.find_first_of(" \t\n/>");
  while (at < html.size()) {
    at = html.find_first_not_of(" \t\n/", at);
    if (at == std::string_view::npos || html[at] == '>') break;
    const auto name = html.substr(at, html.find_first_of(" \t\n/>=", at + 1) - at);
    at = html.find_first_not_of(blanks, at + name.size());
    if (at == std::string_view::npos || html[at] != '=') continue;
    if (begins_with(name, "on") && name.size() > 2 && std::isalpha(static_cast<unsigned char>(name[2])) != 0)
      return true;
    at = html.find_first_not_of(blanks, at + 1);
    if (at == std::string_view::npos) break;
    const bool quoted = html[at] == '"' || html[at] == '\'';
    at = quoted ? html.find(html[at], at + 1) : html.find_first_of(" \t\n>", at);
    if (quoted && at != std::string_view::npos) ++at;
  }
  read += std::min(at, html.size());
  return false;
}

/// What a reference ("&#106;", "&#x6a", "&colon;") at the front stands for where it can hide a scheme, and its length.
std::pair<char, std::size_t> reference(std::string_view html) {
  constexpr std::array<std::pair<std::string_view, char>, 3> named{
      {{"&colon;", ':'}, {"&tab;", '\t'}, {"&newline;", '\n'}}};
  for (const auto& [name, c] : named) {
    if (begins_with(html, name)) return {c, name.size()};
  }
  if (!html.starts_with("&#")) return {};
  std::size_t at = 2;
  const bool hexadecimal = begins_with(html.substr(at), "x");
  at += hexadecimal ? 1 : 0;
  const std::string_view digits = hexadecimal ? "0123456789abcdefABCDEF" : "0123456789";
  const auto end = std::min(html.find_first_not_of(digits, at), html.size());
  unsigned value = 0;
  const auto result = std::from_chars(html.data() + at, html.data() + end, value, hexadecimal ? 16 : 10);
  if (result.ec != std::errc{} || value > 0x7F) return {};
  return {static_cast<char>(value), end < html.size() && html[end] == ';' ? end + 1 : end};
}

/// Blanks and controls do not count in a scheme, and references may stand for its letters.
bool names_a_script(std::string_view html) {
  constexpr std::string_view scheme = "javascript:";
  std::size_t met = 0;
  for (std::size_t at = 0; at < html.size() && met < scheme.size();) {
    const auto [c, length] = html[at] == '&' ? reference(html.substr(at)) : std::pair<char, std::size_t>{};
    const char read = length > 0 ? c : html[at];
    at += std::max<std::size_t>(length, 1);
    if (read >= 0 && read <= ' ') continue;
    const char lower = read >= 'A' && read <= 'Z' ? static_cast<char>(read - 'A' + 'a') : read;
    met = lower == scheme[met] ? met + 1 : lower == scheme[0] ? 1 : 0;
  }
  return met == scheme.size();
}

/// Whether a client that shows this could be made to do something. The plain text says the same without. A "<" may
/// stand in a comment or in quotes, so each is taken for the beginning of a tag; what is too tangled for that is not
/// worth showing.
bool acts(std::string_view html) {
  std::size_t read = 0;
  for (auto at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
    const auto rest = html.substr(at + 1);
    for (const std::string_view name : {"script", "iframe", "object", "embed"}) {
      if (begins_with(rest, name)) return true;
    }
    if (handles_events(rest, read) || read > 16 * html_limit) return true;
  }
  return names_a_script(html);
}

}  // namespace

/// X-ALT-DESC (MS-OXCICAL section 2.1.3.1.1.20.25): the body with its layout, for the clients that show HTML. Left out
/// where it could act.
void alt_description(const EventView& view, Component& out) {
  const std::string html = clean(utf8_prefix(view.event.html, 2 * html_limit + 2));
  if (!html.empty() && !acts(html)) out.add("X-ALT-DESC", Text{limited_html(html)}, {{"FMTTYPE", "text/html"}});
}

}  // namespace calmux::fields
