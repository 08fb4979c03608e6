#include "connectors/m365/plain_text.h"

#include <algorithm>

#include "connectors/m365/members.h"

namespace calmux::m365 {
namespace {

bool is_control(char c) {
  return (c >= 0 && c < ' ') || c == '\x7f';
}

/// Bytes of the white space, or the no-break space, at the front; 0 where something else stands there.
std::size_t blank_length(std::string_view text) {
  switch (text.front()) {
  case ' ':
  case '\t':
  case '\r':
  case '\n':
  case '\f':
    return 1;
  case '\xc2':
    return text.size() > 1 && text[1] == '\xa0' ? 2 : 0;
  default:
    return 0;
  }
}

}  // namespace

void PlainText::put(std::string_view text) {
  if (text.empty()) return;
  if (cell_ && !text_.empty()) {
    text_ += " | ";
  } else if (breaks_ > 0 && !text_.empty()) {
    text_.append(static_cast<std::size_t>(breaks_), '\n');
  } else if (space_ && !text_.empty() && text_.back() != ' ' && text_.back() != '\n') {
    text_ += ' ';
  }
  breaks_ = 0;
  space_ = false;
  cell_ = false;
  text_ += text;
}

void PlainText::flow(std::string_view text) {
  while (!text.empty()) {
    if (const std::size_t blanks = blank_length(text); blanks > 0) {
      space_ = true;
      text.remove_prefix(blanks);
      continue;
    }
    std::size_t word = 1;
    while (word < text.size() && blank_length(text.substr(word)) == 0) ++word;
    const auto shown = text.substr(0, word);
    std::ranges::any_of(shown, [](char c) { return is_control(c); }) ? put(cleaned(shown)) : put(shown);
    text.remove_prefix(word);
  }
}

void PlainText::verbatim(std::string_view text) {
  const std::string clean = cleaned(text);
  std::string_view rest = clean;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    put(rest.substr(0, end));
    if (end == rest.size()) return;
    line_break();
    rest.remove_prefix(end + 1);
  }
}

void PlainText::line() {
  breaks_ = std::max(breaks_, 1);
}

void PlainText::paragraph() {
  breaks_ = std::max(breaks_, 2);
}

void PlainText::line_break() {
  breaks_ = std::min(breaks_ + 1, 2);
  space_ = false;
}

void PlainText::item(std::string_view mark) {
  line();
  put(mark);
}

void PlainText::row() {
  line();
  cell_ = false;
  first_cell_ = true;
}

void PlainText::end_row() {
  cell_ = false;
  first_cell_ = false;
}

void PlainText::cell() {
  cell_ = !first_cell_;
  first_cell_ = false;
}

std::string PlainText::since(std::size_t mark) const {
  return std::string(trimmed(std::string_view(text_).substr(std::min(mark, text_.size()))));
}

std::string PlainText::finish() {
  if (text_.size() > limit) {
    std::size_t end = limit;
    while (end > 0 && (static_cast<unsigned char>(text_[end]) & 0xc0) == 0x80) --end;
    text_.resize(end);
  }
  while (!text_.empty() && (text_.back() == ' ' || text_.back() == '\n')) text_.pop_back();
  return std::move(text_);
}

}  // namespace calmux::m365
