#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace calmux::m365 {

struct HtmlTag {
  std::string_view name;  ///< as written
  bool closing = false;
};

/// The tags of a document, cut as the HTML standard cuts them (section 13.2.5): what stands in comments, declarations,
/// attributes, style and title is none. Knows no other element whose content is no markup, as script. Borrows the HTML.
class HtmlTags {
 public:
  explicit HtmlTags(std::string_view html) : html_(html) {}

  /// The next one; nothing behind the last.
  std::optional<HtmlTag> next();

 private:
  void skip_comment();

  std::string_view html_;
  std::size_t at_ = 0;
};

/// Behind the ">" of the tag whose name ends at `at`, or the end.
std::size_t end_of_tag(std::string_view html, std::size_t at);

/// Where the end tag of that name starts, or the end: "</scripts>" ends no script. `name` is in lower case.
std::size_t find_end_tag(std::string_view html, std::size_t from, std::string_view name);

}  // namespace calmux::m365
