#pragma once

#include <string>
#include <string_view>

namespace calmux {

/// SHA-256 as lower-case hex (64 characters).
std::string sha256_hex(std::string_view bytes);

/// Compares in a time that depends on the lengths only.
bool equal_constant_time(std::string_view left, std::string_view right);

/// `bytes` octets from the system's generator, as lower-case hex. Throws std::runtime_error where it fails.
std::string random_hex(std::size_t bytes);

}  // namespace calmux
