#include "connectors/m365/html_words.h"

#include <algorithm>
#include <array>

#include "connectors/m365/html_tags.h"
#include "connectors/m365/members.h"

namespace calmux::m365 {
namespace {

/// U+E000 to U+EFFF are the placeholders; UTF-8 writes them, and no other character, with this byte in front.
constexpr char lead = '\xee';
constexpr std::size_t first_placeholder = 0xe000;
constexpr std::size_t most = 0x1000;
constexpr std::size_t placeholder_size = 3;
constexpr std::size_t worthwhile = 4;

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// ASCII only: parsers repair other bytes where they are no UTF-8.
bool is_plain(char c) {
  return (c > ' ' && c < 0x7f && c != '<' && c != '&') || is_space(c);
}

/// Elements in which a parser reads text, or tags, by other rules; no mail needs them.
constexpr std::array<std::string_view, 13> of_another_kind = {"frameset", "iframe",    "math",   "noembed", "noframes",
                                                              "noscript", "plaintext", "script", "select",  "svg",
                                                              "template", "textarea",  "xmp"};

std::size_t digit_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::size_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::size_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::size_t>(c - 'A' + 10);
  return 16;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Whether a character reference ("&#xE001;") may stand for one of the placeholders. Parsers take references without
/// ";", and one with too many digits ("&#x10000E001;") for a character that it is not.
bool refers_to_placeholder(std::string_view html) {
  for (auto at = html.find("&#"); at != std::string_view::npos; at = html.find("&#", at)) {
    at += 2;
    const bool hexadecimal = at < html.size() && (html[at] == 'x' || html[at] == 'X');
    at += hexadecimal ? 1 : 0;
    std::size_t value = 0;
    for (; at < html.size() && value < 0x110000; ++at) {
      const auto digit = digit_value(html[at]);
      if (digit >= (hexadecimal ? 16U : 10U)) break;
      value = value * (hexadecimal ? 16 : 10) + digit;
    }
    if (value >= 0x110000 || (value >= first_placeholder && value < first_placeholder + most)) return true;
  }
  return false;
}

std::string placeholder(std::size_t index) {
  return {lead, static_cast<char>(0x80 + (index >> 6)), static_cast<char>(0x80 + (index & 0x3f))};
}

}  // namespace

HtmlWords::HtmlWords(std::string_view html) : html_(html) {
  // Where the text has such characters itself, they could not be told apart.
  if (html.find(lead) != std::string_view::npos || refers_to_placeholder(html)) {
    shortened_ = html;
    return;
  }
  shortened_.reserve(html.size());
  while (at_ < html_.size()) {
    switch (html_[at_]) {
    case '<':
      skip_tag();
      break;
    case '&':
      skip_reference();
      break;
    default:
      take_text();
    }
  }
}

void HtmlWords::copy_to(std::size_t end) {
  end = std::min(end, html_.size());
  shortened_ += html_.substr(at_, end - at_);
  at_ = end;
}

/// As the HTML standard cuts tags (section 13.2.5): where a parser still reads an attribute, nothing may be replaced.
void HtmlWords::skip_tag() {
  if (html_.substr(at_, 4) == "<!--") return skip_behind("-->", at_ + 4);
  const bool closing = html_.substr(at_, 2) == "</";
  const std::size_t name = at_ + (closing ? 2 : 1);
  if (name >= html_.size() || !is_letter(html_[name])) {
    const bool remark = closing || (name < html_.size() && (html_[name] == '!' || html_[name] == '?'));
    return remark ? skip_behind(">", name) : copy_to(name);
  }
  const std::size_t behind = std::min(html_.find_first_of(" \t\r\n\f/>", name), html_.size());
  const std::string element = lower_case(html_.substr(name, std::min<std::size_t>(behind - name, 16)));
  if (std::ranges::find(of_another_kind, element) != of_another_kind.end()) return give_up();
  copy_to(end_of_tag(html_, behind));
  if (closing || (element != "style" && element != "title")) return;
  while (at_ < html_.size()) {
    const auto close = std::min(html_.find("</", at_), html_.size());
    copy_to(close);
    const auto word = html_.substr(close).substr(0, element.size() + 3);
    if (word.size() == element.size() + 3 && lower_case(word.substr(2, element.size())) == element &&
        std::string_view(" \t\r\n\f/>").find(word.back()) != std::string_view::npos) {
      return;
    }
    copy_to(close + 2);
  }
}

void HtmlWords::skip_behind(std::string_view mark, std::size_t from) {
  const auto found = html_.find(mark, from);
  copy_to(found == std::string_view::npos ? found : found + mark.size());
}

void HtmlWords::give_up() {
  shortened_ = html_;
  stretches_.clear();
  at_ = html_.size();
}

/// To where no reference can go on, and no stretch that is replaced can become part of it.
void HtmlWords::skip_reference() {
  const auto end = html_.find_first_of(" \t\r\n<;", at_);
  copy_to(end != std::string_view::npos && html_[end] == ';' ? end + 1 : end);
}

void HtmlWords::take_text() {
  const auto rest = html_.substr(at_);
  // White space in front decides where text may begin; behind it only shows.
  const auto first = static_cast<std::size_t>(std::ranges::find_if_not(rest, is_space) - rest.begin());
  auto stretch = rest.substr(first);
  stretch = stretch.substr(
      0,
      static_cast<std::size_t>(std::ranges::find_if(stretch, [](char c) { return !is_plain(c); }) - stretch.begin()));
  if (stretch.size() < worthwhile || stretches_.size() == most)
    return copy_to(at_ + std::max<std::size_t>(first + stretch.size(), 1));
  copy_to(at_ + first);
  shortened_ += placeholder(stretches_.size());
  stretches_.push_back(stretch);
  at_ += stretch.size();
}

std::string HtmlWords::restored(std::string_view text) const {
  std::string out;
  if (stretches_.empty()) return out = text;
  while (!text.empty()) {
    const auto next = std::min(text.find(lead), text.size());
    out += text.substr(0, next);
    text.remove_prefix(next);
    if (text.empty()) break;
    const auto character = text.substr(0, placeholder_size);
    const auto index = character.size() < placeholder_size
                           ? stretches_.size()
                           : static_cast<std::size_t>((character[1] & 0x3f) << 6 | (character[2] & 0x3f));
    out += index < stretches_.size() ? stretches_[index] : character;
    text.remove_prefix(character.size());
  }
  return out;
}

}  // namespace calmux::m365
