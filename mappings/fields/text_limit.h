#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace calmux::fields {

/// What a cut text ends with.
inline constexpr std::string_view cut_mark = " […]";

/// At most `limit` bytes, cut between characters and marked where something is missing.
std::string limited(std::string_view text, std::size_t limit);

/// The longest prefix of at most `limit` bytes that does not split a UTF-8 sequence.
std::string_view utf8_prefix(std::string_view text, std::size_t limit);

/// Text that may go into any calendar: CR LF and CR become LF, other control characters go, what is no UTF-8 becomes
/// U+FFFD.
std::string clean(std::string_view text);

/// The same on one line, without blanks around it.
std::string clean_line(std::string_view text);

/// clean() and limited() without looking at more of the text than can be kept.
std::string clean_text(std::string_view text, std::size_t limit);
std::string clean_line(std::string_view text, std::size_t limit);

}  // namespace calmux::fields
