#pragma once

#include <string_view>

namespace calmux::fields {

/// An http or https address without blanks, quotes or control characters: what may become a link in somebody's
/// calendar.
bool is_web_address(std::string_view text);

/// The host of such an address.
std::string_view host_of(std::string_view address);

}  // namespace calmux::fields
