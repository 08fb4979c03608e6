#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

#include "connectors/m365/html_text.h"
#include "connectors/m365/members.h"
#include "connectors/m365/plain_text.h"

namespace calmux::m365 {
namespace {

constexpr std::size_t max_bytes = 262'144;
constexpr int max_depth = 256;
constexpr std::size_t max_nodes = 400'000;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

template <std::size_t n>
bool one_of(std::string_view name, const std::array<std::string_view, n>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Elements without content, and those whose end tag may be left out: they do not nest by being repeated.
constexpr std::array<std::string_view, 20> flat = {"br",  "img",  "hr",   "meta",  "link",   "input", "col",
                                                   "wbr", "base", "area", "param", "source", "p",     "li",
                                                   "td",  "th",   "tr",   "dd",    "dt",     "option"};
// Elements that an HTML parser opens again in every block that follows while they are not closed.
constexpr std::array<std::string_view, 14> formatting = {"a",    "b", "big",   "code",   "em",     "font", "i",
                                                         "nobr", "s", "small", "strike", "strong", "tt",   "u"};

struct Tag {
  std::array<char, 16> letters{};  ///< lower case; longer names are told apart by these
  std::size_t size = 0;
  bool closing = false;
  std::size_t after_name = 0;

  std::string_view name() const { return {letters.data(), size}; }
};

/// The tag that starts at `at`, where a "<" stands; without a name where it is text.
Tag tag_at(std::string_view html, std::size_t at) {
  Tag tag;
  std::size_t i = at + 1;
  if (i < html.size() && html[i] == '/') {
    tag.closing = true;
    ++i;
  }
  if (i == html.size() || !is_letter(html[i])) return tag;
  while (i < html.size() && tag.size < tag.letters.size() && (is_letter(html[i]) || is_digit(html[i]))) {
    const char c = html[i++];
    tag.letters[tag.size++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  tag.after_name = i;
  return tag;
}

/// Behind the ">" that closes the tag.
std::size_t end_of(const Tag& tag, std::string_view html) {
  const auto close = html.find('>', tag.after_name);
  return close == std::string_view::npos ? html.size() : close + 1;
}

/// Where the end tag of that name starts, or the end: "</scripts>" ends no script.
std::size_t end_tag(std::string_view html, std::size_t from, std::string_view name) {
  for (auto at = html.find("</", from); at != std::string_view::npos; at = html.find("</", at + 2)) {
    const auto found = html.substr(at + 2, name.size() + 1);
    if (lower_case(found.substr(0, name.size())) != name) continue;
    if (found.size() == name.size() || std::string_view(" \t\r\n\f/>").find(found.back()) != std::string_view::npos) {
      return at;
    }
  }
  return html.size();
}

std::string_view entity(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> known = {
      {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", " "}}};
  for (const auto& [wanted, text] : known) {
    if (name == wanted) return text;
  }
  return {};
}

void flow_with_entities(PlainText& out, std::string_view text) {
  while (!text.empty()) {
    const auto amp = std::min(text.find('&'), text.size());
    out.flow(text.substr(0, amp));
    text.remove_prefix(amp);
    if (text.empty()) return;
    const auto semicolon = text.substr(0, 8).find(';');
    const auto meaning =
        semicolon == std::string_view::npos ? std::string_view{} : entity(text.substr(1, semicolon - 1));
    out.flow(meaning.empty() ? text.substr(0, 1) : meaning);
    text.remove_prefix(meaning.empty() ? 1 : semicolon + 1);
  }
}

}  // namespace

bool is_costly_html(std::string_view html) {
  if (html.size() > max_bytes) return true;
  std::map<std::string, int, std::less<>> open;
  int depth = 0;
  std::size_t open_formatting = 0;
  std::size_t nodes = 0;
  for (auto at = html.find('<'); at != std::string_view::npos; at = html.find('<', at)) {
    const Tag tag = tag_at(html, at);
    ++at;
    const auto name = tag.name();
    if (name.empty()) continue;
    nodes += 1 + open_formatting;
    if (!one_of(name, flat)) {
      const bool formats = one_of(name, formatting);
      auto known = open.find(name);
      if (known == open.end()) known = open.emplace(name, 0).first;
      int& count = known->second;
      if (!tag.closing) {
        ++count;
        ++depth;
        open_formatting += formats ? 1 : 0;
      } else if (count > 0) {
        --count;
        --depth;
        open_formatting -= formats ? 1 : 0;
      }
    }
    if (depth > max_depth || nodes > max_nodes) return true;
  }
  return false;
}

std::string without_tags(std::string_view html) {
  PlainText out;
  std::size_t at = 0;
  while (at < html.size() && !out.full()) {
    const auto next = std::min(html.find('<', at), html.size());
    flow_with_entities(out, html.substr(at, next - at));
    at = next;
    if (at == html.size()) break;
    if (html.substr(at, 4) == "<!--") {
      const auto end = html.find("-->", at + 4);
      at = end == std::string_view::npos ? html.size() : end + 3;
      continue;
    }
    const Tag tag = tag_at(html, at);
    const auto name = tag.name();
    if (name.empty()) {
      const bool declaration = html.substr(at, 2) == "<!" || html.substr(at, 2) == "<?";
      const auto end = declaration ? html.find('>', at) : std::string_view::npos;
      if (!declaration) out.flow("<");
      at = end == std::string_view::npos ? (declaration ? html.size() : at + 1) : end + 1;
      continue;
    }
    at = end_of(tag, html);
    if (!tag.closing && (name == "script" || name == "style" || name == "head" || name == "title")) {
      at = end_tag(html, at, name);
      continue;
    }
    if (name == "p" || name == "div" || name == "br" || name == "tr" || name == "li") out.line();
  }
  return out.finish();
}

}  // namespace calmux::m365
