#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace calmux::m365 {

/// HTML whose plain stretches of text are each replaced by one private-use character. What a text says does not matter
/// to the tree that a parser builds, but parsers spend most of their time on its characters. Tags, attributes and
/// references stay, and the white space that text begins with. Borrows the HTML.
class HtmlWords {
 public:
  explicit HtmlWords(std::string_view html);

  std::string_view html() const { return shortened_; }
  /// The text of a parsed node or attribute as it was in the HTML.
  std::string restored(std::string_view text) const;

 private:
  void skip_tag();
  void skip_behind(std::string_view mark, std::size_t from);
  void give_up();
  void skip_reference();
  void take_text();
  void copy_to(std::size_t end);

  std::string_view html_;
  std::size_t at_ = 0;
  std::string shortened_;
  std::vector<std::string_view> stretches_;
};

}  // namespace calmux::m365
