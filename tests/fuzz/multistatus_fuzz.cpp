#include "connectors/caldav/href.h"
#include "connectors/caldav/multistatus.h"
#include "connectors/http_client.h"
#include "connectors/xml.h"
#include "mappings/fields/text_limit.h"
#include "tests/fuzz/calendar_property.h"
#include "tests/fuzz/property.h"

namespace calmux::fuzz {
namespace {

void require_text(const std::optional<std::string>& text) {
  require(!text || is_utf8(*text), "what the parser gives is text", text.value_or(""));
}

void try_href(std::string_view href) {
  const auto path = caldav::canonical_path(href);
  require(caldav::canonical_path(path) == path, "a canonical path stays as it is", href);
  require(path.empty() || path.starts_with('/'), "a path begins with a slash", href);
  require(caldav::percent_decoded(caldav::percent_encoded(href)) == href, "what was encoded can be decoded", href);
  const auto parent = caldav::parent_path(path);
  require(path.starts_with(parent), "a resource lies in its collection", path);
  require(path.empty() || path == "/" || parent.size() < path.size(), "a collection is above its resource", path);

  const auto name = caldav::resource_name(href);
  require(name.size() <= 200 && name.ends_with(".ics") && name.find('/') == std::string::npos, "a name is a segment",
          name);
  const auto segment = caldav::calendar_segment(href);
  require(!segment.empty() && segment.size() <= 64 && caldav::percent_encoded(segment) == segment,
          "a calendar's segment is plain", segment);
  const auto etag = caldav::canonical_etag(href);
  require(caldav::canonical_etag(etag) == etag, "a canonical ETag stays as it is", etag);
  require(etag.find_first_of("\r\n") == std::string::npos, "an ETag ends no header", etag);
  if (const auto url = resolve_url("https://dav.example.org/cal/", std::string(href)))
    require(parse_url(*url).has_value(), "what was resolved is a URL", *url);
}

void try_response(const caldav::DavResponse& response) {
  require(!response.href.empty(), "a response has an href");
  require(response.status == 0 || (response.status >= 100 && response.status < 600), "a status is a status");
  for (const int status : response.failed_property_status) require(status < 200 || status >= 300, "it failed");
  require_text(response.href);
  require_text(response.properties.etag);
  require_text(response.properties.display_name);
  require_text(response.properties.calendar_data);
  try_href(response.href);
  if (response.properties.etag) try_href(*response.properties.etag);
}

}  // namespace
}  // namespace calmux::fuzz

// An answer of a CalDAV server; as it stands also as an href, and as the text of an element.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace calmux;
  using namespace calmux::fuzz;
  const auto text = text_of(data, size);
  const auto answer = caldav::read_multistatus(text);
  if (answer) {
    for (const auto& response : answer->responses) try_response(response);
  } else {
    require_worded(answer.error());
    require(answer.error().kind == ErrorKind::protocol || answer.error().kind == ErrorKind::too_large,
            "what cannot be read is no answer of this protocol", answer.error().message);
  }
  for (const auto& condition : caldav::read_error(text).conditions) require_text(condition);

  if (size > 300) return 0;
  try_href(text);
  const std::string clean = fields::clean(text);
  const auto element = xml::parse("<a b=\"" + xml::escaped(clean) + "\">" + xml::escaped(clean) + "</a>");
  require(element.has_value(), "what is escaped can stand in a document", clean);
  if (clean.find("\xEF\xBF\xBE") == std::string::npos && clean.find("\xEF\xBF\xBF") == std::string::npos)
    require(element->text == clean, "what is escaped reads as it was", clean);
  return 0;
}
