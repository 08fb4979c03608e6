#include "connectors/m365/html_tags.h"

#include <algorithm>

#include "connectors/m365/members.h"

namespace calmux::m365 {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::size_t behind(std::string_view html, std::string_view mark, std::size_t from) {
  const auto found = html.find(mark, from);
  return found == std::string_view::npos ? html.size() : found + mark.size();
}

}  // namespace

std::size_t end_of_tag(std::string_view html, std::size_t at) {
  const auto skip = [&](std::string_view blanks) { at = std::min(html.find_first_not_of(blanks, at), html.size()); };
  const auto skip_to = [&](std::string_view ends) { at = std::min(html.find_first_of(ends, at), html.size()); };
  while (true) {
    skip(" \t\r\n\f/");
    if (at == html.size()) return at;
    if (html[at++] == '>') return at;
    skip_to(" \t\r\n\f/>=");
    skip(" \t\r\n\f");
    if (at == html.size()) return at;
    if (html[at] != '=') continue;
    ++at;
    skip(" \t\r\n\f");
    if (at == html.size()) return at;
    if (html[at] == '"' || html[at] == '\'') {
      const auto close = html.find(html[at], at + 1);
      if (close == std::string_view::npos) return html.size();
      at = close + 1;
    } else {
      skip_to(" \t\r\n\f>");
    }
  }
}

std::size_t find_end_tag(std::string_view html, std::size_t from, std::string_view name) {
  for (auto at = html.find("</", from); at != std::string_view::npos; at = html.find("</", at + 2)) {
    const auto found = html.substr(at + 2, name.size() + 1);
    if (lower_case(found.substr(0, name.size())) != name) continue;
    if (found.size() == name.size() || std::string_view(" \t\r\n\f/>").find(found.back()) != std::string_view::npos) {
      return at;
    }
  }
  return html.size();
}

std::optional<HtmlTag> HtmlTags::next() {
  for (at_ = html_.find('<', at_); at_ < html_.size(); at_ = html_.find('<', at_)) {
    if (html_.substr(at_, 4) == "<!--") {
      skip_comment();
      continue;
    }
    const bool closing = html_.substr(at_, 2) == "</";
    const std::size_t name_at = at_ + (closing ? 2 : 1);
    if (name_at >= html_.size()) break;
    if (!is_letter(html_[name_at])) {
      const bool remark = closing || html_[name_at] == '!' || html_[name_at] == '?';
      at_ = remark ? behind(html_, ">", name_at) : name_at;
      continue;
    }
    const std::size_t name_end = std::min(html_.find_first_of(" \t\r\n\f/>", name_at), html_.size());
    const HtmlTag tag{html_.substr(name_at, name_end - name_at), closing};
    at_ = end_of_tag(html_, name_end);
    if (!closing && tag.name.size() == 5) {
      const std::string name = lower_case(tag.name);
      if (name == "style" || name == "title") at_ = find_end_tag(html_, at_, name);
    }
    return tag;
  }
  return std::nullopt;
}

void HtmlTags::skip_comment() {
  at_ += 4;
  for (const std::string_view empty : {">", "->"}) {
    if (html_.substr(at_, empty.size()) != empty) continue;
    at_ += empty.size();
    return;
  }
  at_ = std::min(behind(html_, "-->", at_), behind(html_, "--!>", at_));
}

}  // namespace calmux::m365
