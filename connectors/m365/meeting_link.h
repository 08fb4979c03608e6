#pragma once

#include <string>
#include <string_view>

namespace calmux::m365 {

/// The first Teams, Zoom, Webex or Google Meet address in a text; empty where there is none.
std::string find_meeting_link(std::string_view text);

/// The text with the block that Teams appends to an invitation (between lines of underscores, in any language)
/// shortened to its join link. What stands outside the block is kept.
std::string shorten_teams_block(const std::string& text);

}  // namespace calmux::m365
