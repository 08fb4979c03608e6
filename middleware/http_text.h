#pragma once

#include <string_view>

namespace calmux {

/// The character classes of RFC 9110 section 5.6, independent of any locale.
bool is_http_token(std::string_view text);

/// ASCII letters compare equal in either case, everything else octet by octet.
bool equal_ignoring_case(std::string_view left, std::string_view right);

/// Without blanks and tabs at either end (OWS of RFC 9110 section 5.6.3).
std::string_view trim_blanks(std::string_view text);

/// True if nothing in it could end a header line or confuse a log: no control character but the tab.
bool is_header_value(std::string_view text);

/// Splits off what comes before the first `separator`; `rest` becomes what follows it, or empty.
std::string_view cut(std::string_view& rest, char separator);

}  // namespace calmux
