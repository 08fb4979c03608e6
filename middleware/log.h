#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace calmux::log {

using Field = std::pair<std::string_view, std::string_view>;

/// One JSON object a line, on standard error and in `file` (rotated at 10 MiB, five kept) where one is named.
/// Throws std::runtime_error where the file cannot be opened.
void start(const std::string& level, const std::string& file);

/// `request_id` may be empty for what no request caused: the member is written all the same, so that every line has it.
/// Never hand over a secret, nor an event's text at a level above debug. Thread-safe.
void debug(std::string_view message, std::string_view request_id, std::initializer_list<Field> fields = {});
void info(std::string_view message, std::string_view request_id, std::initializer_list<Field> fields = {});
void warning(std::string_view message, std::string_view request_id, std::initializer_list<Field> fields = {});
void error(std::string_view message, std::string_view request_id, std::initializer_list<Field> fields = {});

}  // namespace calmux::log
