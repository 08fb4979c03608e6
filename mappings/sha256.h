#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace calmux {

/// SHA-256 (FIPS 180-4) of `bytes`. Here because identities and fingerprints must be computed without a library or I/O.
std::array<std::uint8_t, 32> sha256(std::string_view bytes);

/// The same as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace calmux
