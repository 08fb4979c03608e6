#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mappings/error.h"

namespace calmux::m365 {

/// What went wrong or was uncertain while one item was read. The first error is kept; reading goes on with blanks after
/// it.
struct Reading {
  std::optional<Error> error;
  std::vector<std::string> warnings;
  std::string last_html;  ///< an HTML body, and its text: the exceptions of a series mostly have their master's
  std::string last_text;

  void fail(ErrorKind kind, std::string message);
  /// "start.dateTime: found a number, expected a text"
  void malformed(const std::string& path, const std::string& found, std::string_view expected);
  void warn(std::string warning) { warnings.push_back(std::move(warning)); }
};

/// What a value is, for a person: "a number", "the text \"tomorrow\"".
std::string described(const nlohmann::json& value);

/// What senders put where they have no value: null, "", spaces, "null".
bool blank(const nlohmann::json& value);

std::string lower_case(std::string_view text);
std::string_view trimmed(std::string_view text);

/// The members of one JSON object, found whatever their letter case: flows and the two generations of the connector
/// write them differently. Borrows the object; blanks read as "not there". Names are asked for in lower case.
class Members {
 public:
  /// `path` stands before member names in errors ("start."). A value that is no object has no members.
  Members(const nlohmann::json& object, std::string path, Reading& reading);

  const nlohmann::json* find(std::string_view lower_name) const;
  bool has(std::string_view lower_name) const { return find(lower_name) != nullptr; }

  /// Without control characters other than line breaks and tabs, which neither a database nor iCalendar can hold.
  std::string text(std::string_view lower_name) const;
  std::optional<bool> flag(std::string_view lower_name) const;
  std::optional<std::int64_t> integer(std::string_view lower_name) const;
  /// The elements of a list; none where it is not there.
  std::vector<const nlohmann::json*> list(std::string_view lower_name) const;
  /// Nothing where it is not there; an error where it is something else.
  std::optional<Members> object(std::string_view lower_name) const;

  /// The member's name as the sender wrote it, with the path before it.
  std::string path_of(std::string_view lower_name) const;
  void wrong(std::string_view lower_name, std::string_view expected) const;
  Reading& reading() const { return *reading_; }

 private:
  struct Entry {
    std::string_view name;
    const nlohmann::json* value = nullptr;
  };
  const Entry* entry(std::string_view lower_name) const;

  std::string path_;
  std::vector<Entry> entries_;
  Reading* reading_;
};

/// A text value without control characters, line breaks as "\n".
std::string cleaned(std::string_view text);

}  // namespace calmux::m365
