#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "connectors/m365/html_tags.h"
#include "connectors/m365/html_text.h"
#include "connectors/m365/members.h"
#include "connectors/m365/plain_text.h"

namespace calmux::m365 {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

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

bool is_hidden(std::string_view name) {
  constexpr std::array<std::string_view, 7> hidden = {"head",  "iframe",   "noscript", "script",
                                                      "style", "template", "title"};
  return std::ranges::find(hidden, name) != hidden.end();
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
    if (!tag.closing && is_hidden(name)) {
      at = find_end_tag(html, at, name);
      continue;
    }
    if (name == "p" || name == "div" || name == "br" || name == "tr" || name == "li") out.line();
  }
  return out.finish();
}

}  // namespace calmux::m365
