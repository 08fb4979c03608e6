#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace calmux {

/// A request target taken apart and percent-decoded.
struct HttpTarget {
  std::string path;
  std::map<std::string, std::string> query;
};

/// Reads origin-form, absolute-form (for http and https) and asterisk-form (for OPTIONS) of RFC 9112 section 3.2.
/// The path is decoded once and not normalised: routes match it exactly. An escape that is not two hexadecimal digits,
/// or that stands for NUL, is an error, as is every octet that a URI cannot hold. The error is a sentence for the
/// client.
tl::expected<HttpTarget, std::string_view> read_http_target(std::string_view method, std::string_view target);

}  // namespace calmux
