#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mappings/error.h"

namespace calmux::xml {

struct Element {
  std::string name;  ///< namespace, a space, local name: "DAV: href"; the local name alone where there is no namespace
  std::string text;  ///< its own character data, all pieces joined
  std::vector<std::pair<std::string, std::string>> attributes;  ///< named as elements are
  std::vector<Element> children;

  /// The first child of this name; null where there is none.
  const Element* child(std::string_view wanted) const;
  /// text without white space at its ends.
  std::string_view trimmed() const;
  /// An attribute's value; empty where there is none.
  std::string_view attribute(std::string_view wanted) const;
};

struct Limits {
  std::size_t bytes = 64U << 20U;
  std::size_t elements = 1'000'000;
  int depth = 32;
};

/// A whole document. `malformed` where it is not well-formed or holds a DOCTYPE (which no WebDAV message needs and
/// every entity attack does), `too_large` over a limit. Thread-safe.
Result<Element> parse(std::string_view document, const Limits& limits = {});

/// Text as it may stand in an element or a quoted attribute. Characters that XML 1.0 has no place for are left out.
std::string escaped(std::string_view text);

}  // namespace calmux::xml
