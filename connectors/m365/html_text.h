#pragma once

#include <string>
#include <string_view>

namespace calmux::m365 {

/// What a reader sees of an HTML body, as plain text: paragraphs, lists, table cells separated by " | ", links as `text
/// <url>`. At most 64 KiB of text. Bounded in time and stack whatever the input: markup that would make an HTML parser
/// work hard (very deep or badly nested) is stripped of its tags instead. Thread-safe.
std::string html_to_text(std::string_view html);

/// The tags taken out, without understanding them; what html_to_text() falls back to.
std::string without_tags(std::string_view html);

/// Whether parsing would cost more than it is worth: an estimate of depth and of the nodes that a parser has to create.
bool is_costly_html(std::string_view html);

}  // namespace calmux::m365
