#pragma once

#include <string>
#include <string_view>

namespace calmux::postgres {

/// The same text with NUL and whatever is not UTF-8 (RFC 3629 section 4) replaced by U+FFFD: what a text column takes.
std::string storable(std::string_view text);

}  // namespace calmux::postgres
