#include "connectors/caldav/listing.h"

#include <unordered_set>

#include "connectors/caldav/href.h"

namespace calmux::caldav {
namespace {

// What is no resource of ours to know of: a folder inside the calendar, or another kind of file.
bool is_foreign(const Properties& properties) {
  return properties.is_collection || (properties.content_type && !properties.content_type->empty() &&
                                      !properties.content_type->starts_with("text/calendar"));
}

}  // namespace

Result<std::vector<RemoteObject>> list_calendar(DavClient& client, const Calendar& calendar, Deadline deadline) {
  const auto found = client.propfind(calendar.url, 1, "<D:getetag/><D:resourcetype/><D:getcontenttype/>", deadline);
  if (!found) return tl::unexpected(found.error());
  const std::string asked = "PROPFIND " + calendar.path;
  std::vector<RemoteObject> resources;
  std::unordered_set<std::string> hrefs;
  bool complete = false;
  for (const DavResponse& response : found->responses) {
    std::string href = canonical_path(response.href);
    if (response.failed()) {
      if ((response.status == 404 || response.status == 410) && href != calendar.path)
        continue;  // removed during the listing
      return tl::unexpected(answer_error("PROPFIND", calendar.origin + href, {}, response.status, response.error));
    }
    if (href == calendar.path || href + "/" == calendar.path) {
      complete = true;
      continue;
    }
    if (is_foreign(response.properties)) continue;
    if (parent_path(href) != calendar.path) {
      return fail(ErrorKind::protocol, asked + ": the server lists " + href.substr(0, 400) +
                                           ", which is not in the calendar; does a proxy rewrite the path?");
    }
    std::string etag = response.properties.etag ? canonical_etag(*response.properties.etag) : std::string();
    if (etag.empty())
      return fail(ErrorKind::protocol, asked + ": the server lists " + href.substr(0, 400) + " without an ETag");
    if (hrefs.insert(href).second) resources.push_back({std::move(href), std::move(etag), {}});
  }
  if (!complete)
    return fail(ErrorKind::protocol, asked + ": the listing lacks the calendar itself, so it may be partial");
  return resources;
}

}  // namespace calmux::caldav
