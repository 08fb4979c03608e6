#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace calmux::m365 {

/// Builds plain text out of flowing text: white space collapses, breaks do not pile up, lines do not end in blanks.
class PlainText {
 public:
  static constexpr std::size_t limit = 65'536;

  bool full() const { return text_.size() >= limit; }

  void flow(std::string_view text);      ///< white space, no-break spaces included, becomes one space
  void verbatim(std::string_view text);  ///< as it is, for preformatted text
  void line();                           ///< what follows starts a line
  void paragraph();                      ///< what follows starts a line after an empty one
  void line_break();                     ///< one break more, whatever was asked for before
  void item(std::string_view mark);      ///< starts a line with a bullet or number
  void row();                            ///< what follows is a row of cells
  void cell();                           ///< what follows is the next cell of it; breaks before its text do not count
  void end_row();                        ///< what follows is no cell any more

  /// A place in the text, and what was written since.
  std::size_t mark() const { return text_.size(); }
  std::string since(std::size_t mark) const;

  /// The text, at most `limit` bytes, cut between characters.
  std::string finish();

 private:
  void put(std::string_view text);

  std::string text_;
  int breaks_ = 0;      ///< asked for, not yet written
  bool space_ = false;  ///< likewise
  bool cell_ = false;
  bool first_cell_ = false;
};

}  // namespace calmux::m365
