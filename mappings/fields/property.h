#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "mappings/date_value.h"

namespace calmux::fields {

/// TEXT (RFC 5545 section 3.3.11) as people read it; whoever writes it escapes it.
struct Text {
  std::string value;
  bool operator==(const Text&) const = default;
};

/// Several TEXTs in one property, as CATEGORIES has them.
struct TextList {
  std::vector<std::string> values;
  bool operator==(const TextList&) const = default;
};

/// A value that is written as it stands: an enumeration, a number, a URI, a duration, a rule.
struct Token {
  std::string value;
  bool operator==(const Token&) const = default;
};

using Value = std::variant<Text, TextList, Token, DateValue>;

/// One iCalendar property, before escaping and folding. VALUE=DATE and TZID follow from a DateValue and are not
/// parameters here.
struct Property {
  std::string name;
  std::vector<std::pair<std::string, std::string>> parameters;
  Value value;
  bool operator==(const Property&) const = default;
};

/// A VEVENT or a VALARM.
struct Component {
  std::string name;
  std::vector<Property> properties;
  std::vector<Component> components;
  bool operator==(const Component&) const = default;

  void add(std::string property, Value value, std::vector<std::pair<std::string, std::string>> parameters = {}) {
    properties.push_back({std::move(property), std::move(parameters), std::move(value)});
  }
  /// The first property of that name, or null.
  const Property* find(std::string_view property) const {
    for (const Property& candidate : properties) {
      if (candidate.name == property) return &candidate;
    }
    return nullptr;
  }
};

}  // namespace calmux::fields
