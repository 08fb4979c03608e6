#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mappings/error.h"

namespace calmux::icalendar {

/// One content line, unfolded.
struct TextLine {
  std::string name;  ///< in capitals
  std::vector<std::pair<std::string, std::string>>
      parameters;     ///< names in capitals, values without quotes and RFC 6868 escapes
  std::string value;  ///< as it stands, escapes included

  /// The parameter's value, or an empty text.
  std::string_view parameter(std::string_view wanted) const;
};

struct TextNode {
  std::string name;  ///< in capitals
  std::vector<TextLine> lines;
  std::vector<TextNode> inner;

  const TextLine* find(std::string_view wanted) const;  ///< the first of that name that has a value, or null
};

/// A body as its tree of components, nothing lost and nothing interpreted: libical drops what it does not know, and
/// splits CATEGORIES at escaped commas. The root has no name. `too_large` beyond 1 MiB, 2,000 components or 8 levels;
/// `malformed` where BEGIN and END do not match or a line is no content line.
Result<TextNode> parse_text(std::string_view body);

/// The values of a list property, split at the commas that are not escaped, then unescaped.
std::vector<std::string> list_values(std::string_view value);

std::string upper(std::string_view text);

}  // namespace calmux::icalendar
