#pragma once

#include <string>
#include <string_view>

namespace calmux {

/// Compares in a time that depends on the lengths only.
bool equal_constant_time(std::string_view left, std::string_view right);

/// `bytes` octets from the system's generator, as lower-case hex. Throws std::runtime_error where it fails.
std::string random_hex(std::size_t bytes);

}  // namespace calmux
