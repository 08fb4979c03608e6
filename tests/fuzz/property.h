#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace calmux::fuzz {

/// A property that does not hold. Nothing catches it while fuzzing, so the process aborts where it is thrown.
struct Violation : std::logic_error {
  using std::logic_error::logic_error;
};

/// `seen` is told with the property.
void require(bool holds, const char* property, std::string_view seen = {});

std::string_view text_of(const std::uint8_t* data, std::size_t size);

/// RFC 3629; written without a look at how the decoders do it.
bool is_utf8(std::string_view text);

/// Any but line feed and tab.
bool has_control(std::string_view text);

}  // namespace calmux::fuzz
