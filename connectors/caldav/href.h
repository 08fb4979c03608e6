#pragma once

#include <string>
#include <string_view>

namespace calmux::caldav {

/// Everything but RFC 3986's unreserved characters as %XX, upper case.
std::string percent_encoded(std::string_view text);

/// What a path segment stands for. A % that starts no escape stands for itself.
std::string percent_decoded(std::string_view text);

/// The path of an href (RFC 4918 section 8.3: a path or a whole URL) in the one form in which hrefs can be compared:
/// each segment decoded and encoded again, since servers differ in `@` and `%40`, `%c5` and `%C5`. A trailing slash
/// stays. Empty where it is neither.
std::string canonical_path(std::string_view href);

/// The last segment, decoded; a trailing slash does not count.
std::string last_segment(std::string_view path);

/// The collection that holds a resource: the path up to and with the last slash but a trailing one.
std::string parent_path(std::string_view path);

/// The path segment to keep a resource of this UID under: `<uid>.ics`, percent-encoded, at most 200 characters. A UID
/// that is too long for that, or holds what some server refuses in a segment even when it is encoded (slashes, quotes,
/// brackets, control characters, a leading dot), gives a hash instead.
std::string resource_name(std::string_view uid);

/// The path segment for a new calendar: the name itself where every character is safe, otherwise a hash of it.
/// Deterministic, so that two replicas that create it at the same time mean the same one.
std::string calendar_segment(std::string_view name);

/// An ETag in quotes and without `W/`; empty where it is none. Some servers leave the quotes out of getetag, and
/// proxies that compress weaken what the server would still match.
std::string canonical_etag(std::string_view etag);

}  // namespace calmux::caldav
