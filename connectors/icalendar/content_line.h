#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "mappings/fields/property.h"

namespace calmux::icalendar {

/// Writes content lines (RFC 5545 section 3.1): CR LF, folded before 75 octets are passed, never inside a character or
/// an escape.
class ContentLines {
 public:
  void add(const fields::Component& component);
  void add(const fields::Property& property);
  /// A line whose value needs no escaping.
  void add(std::string_view name, std::string_view value);

  std::string& text() { return text_; }

 private:
  void put(std::string_view unit);
  void put_run(std::string_view text);
  void put_token(std::string_view text);
  void put_escaped(std::string_view text);
  void put_parameter(std::string_view name, std::string_view value);
  void put_value(const fields::Value& value);
  void end_line();

  std::string text_;
  std::size_t column_ = 0;
};

/// 20260315 and 20260315T093000; a Z is the caller's.
std::string format_date(std::chrono::local_seconds time);
std::string format_time(std::chrono::local_seconds time);

/// TEXT values (RFC 5545 section 3.3.11) back to what people read. Lenient: a stray backslash stands for itself.
std::string unescaped(std::string_view value);

}  // namespace calmux::icalendar
