#include "connectors/caldav/discovery.h"

#include <algorithm>

#include "connectors/caldav/href.h"
#include "connectors/xml.h"

namespace calmux::caldav {
namespace {

constexpr std::string_view properties =
    "<D:resourcetype/><D:displayname/><D:current-user-principal/><C:calendar-home-set/"
    "><C:supported-calendar-component-set/>";

// Failures that say "not here" rather than "not now": the search goes on elsewhere.
bool is_elsewhere(ErrorKind kind) {
  return kind == ErrorKind::not_found || kind == ErrorKind::refused || kind == ErrorKind::protocol;
}

bool takes_events(const Properties& properties_found) {
  const auto& components = properties_found.components;
  return properties_found.is_calendar &&
         (components.empty() || std::find(components.begin(), components.end(), "VEVENT") != components.end());
}

class Search {
 public:
  Search(DavClient& client, const CalDavOptions& options, Deadline deadline)
      : client_(client), options_(options), deadline_(deadline) {}

  Result<Calendar> run() {
    auto given = look(options_.url);
    if (!given && !is_elsewhere(given.error().kind)) return tl::unexpected(std::move(given.error()));
    if (given && given->properties.is_calendar) return calendar_at(given->url);
    if (options_.calendar_name.empty()) return without_name(given);

    if (auto found = find_homes(given); !found) return tl::unexpected(std::move(found.error()));
    // A home that was given goes first: it may be one shared by somebody else, which the account's own principal does
    // not name.
    bool given_is_home = false;
    if (given && given->properties.is_collection) {
      given_is_home = std::find(homes_.begin(), homes_.end(), given->url) != homes_.end();
      if (!given_is_home) {
        auto found = search(given->url);
        if (!found && !is_elsewhere(found.error().kind)) return tl::unexpected(std::move(found.error()));
        if (found && !found->match.empty()) return calendar_at(found->match);
        given_is_home = found && found->has_calendars;
      }
    }
    for (const std::string& home : homes_) {
      auto found = search(home);
      if (!found) return tl::unexpected(std::move(found.error()));
      if (!found->match.empty()) return calendar_at(found->match);
    }
    if (!options_.create_missing) {
      return fail(ErrorKind::not_found, "there is no calendar named \"" + options_.calendar_name + "\"" + seen() +
                                            ", and creating it is switched off");
    }
    if (given_is_home) return create(given->url + calendar_segment(options_.calendar_name) + "/");
    if (!homes_.empty()) return create(homes_.front() + calendar_segment(options_.calendar_name) + "/");
    if (!given) return tl::unexpected(std::move(given.error()));
    return fail(ErrorKind::refused,
                "PROPFIND " + canonical_path(given->url) +
                    ": the server names no calendar home for this account; set the destination's URL to "
                    "the calendar home or to the calendar itself");
  }

 private:
  struct Place {
    std::string url;  // canonical
    Properties properties;
  };
  struct Children {
    std::string match;  // URL; empty where none matches
    bool has_calendars = false;
  };

  static std::string with_slash(std::string path) {
    if (!path.ends_with('/')) path += '/';
    return path;
  }

  static std::string canonical_url(const std::string& url) {
    return parse_url(url)->origin() + with_slash(canonical_path(url));
  }

  Result<Place> look(const std::string& url) {
    auto found = client_.propfind_following(url, 0, properties, deadline_);
    if (!found) return tl::unexpected(std::move(found.error()));
    read_first_ = read_first_ || found->looks_like_sogo;
    return Place{canonical_url(found->url), std::move(found->multistatus.responses.front().properties)};
  }

  // An href as the URL to go on with; an error where it leads to a host that must not get the credentials.
  Result<std::string> follow(const std::string& base, const std::string& href) const {
    const auto url = resolve_url(base, href);
    if (!url)
      return fail(ErrorKind::protocol, "PROPFIND " + canonical_path(base) + ": the server names an href that is none");
    if (!client_.trusts(*url)) {
      return fail(ErrorKind::refused,
                  "PROPFIND " + canonical_path(base) + ": the server refers to " + parse_url(*url)->origin() +
                      ", which is not trusted with the credentials; name its host among the trusted ones");
    }
    return canonical_url(*url);
  }

  Result<void> add_homes(const Place& place) {
    for (const std::string& href : place.properties.calendar_home_set) {
      auto home = follow(place.url, href);
      if (!home) return tl::unexpected(std::move(home.error()));
      if (std::find(homes_.begin(), homes_.end(), *home) == homes_.end()) homes_.push_back(std::move(*home));
    }
    return {};
  }

  Result<void> add_homes_of_principal(const Place& place) {
    if (!place.properties.current_user_principal) return {};
    auto url = follow(place.url, *place.properties.current_user_principal);
    if (!url) return tl::unexpected(std::move(url.error()));
    auto principal = look(*url);
    if (!principal) return tl::unexpected(std::move(principal.error()));
    return add_homes(*principal);
  }

  Result<void> find_homes(const Result<Place>& given) {
    if (given) {
      if (auto added = add_homes(*given); !added) return added;
      if (homes_.empty()) {
        if (auto added = add_homes_of_principal(*given); !added) return added;
      }
      if (!homes_.empty()) return {};
    }
    const auto well_known = look(parse_url(options_.url)->origin() + "/.well-known/caldav");
    if (!well_known) {
      // Not every server has it, and a redirect to a host that is not trusted is worth more than "not found".
      if (is_elsewhere(well_known.error().kind) && (given || well_known.error().http_status)) return {};
      return tl::unexpected(well_known.error());
    }
    if (auto added = add_homes(*well_known); !added || !homes_.empty()) return added;
    return add_homes_of_principal(*well_known);
  }

  Result<Children> search(const std::string& home) {
    auto found = client_.propfind_following(home, 1, properties, deadline_);
    if (!found) return tl::unexpected(std::move(found.error()));
    Children children;
    std::vector<std::string> by_display_name;
    for (const DavResponse& response : found->multistatus.responses) {
      if (response.failed() || !takes_events(response.properties)) continue;
      const auto url = follow(found->url, response.href);
      if (!url) return tl::unexpected(url.error());
      children.has_calendars = true;
      const std::string segment = last_segment(canonical_path(*url));
      const std::string& name = options_.calendar_name;
      seen_ += (seen_.empty() ? "" : ", ") + response.properties.display_name.value_or(segment);
      if (segment == name || segment == calendar_segment(name)) children.match = *url;
      if (response.properties.display_name == name) by_display_name.push_back(*url);
    }
    if (!children.match.empty()) return children;
    if (by_display_name.size() > 1) {
      return fail(ErrorKind::refused, "there is more than one calendar named \"" + options_.calendar_name +
                                          "\"; set the destination's URL to that of the calendar itself");
    }
    if (!by_display_name.empty()) children.match = by_display_name.front();
    return children;
  }

  Result<Calendar> without_name(Result<Place>& given) {
    const std::string path = canonical_path(options_.url);
    if (!given && given.error().kind == ErrorKind::not_found && options_.create_missing && path != "/") {
      return create(canonical_url(options_.url));
    }
    if (!given) return tl::unexpected(std::move(given.error()));
    return fail(
        ErrorKind::refused,
        "PROPFIND " + path + ": this is no calendar; name the calendar, or set the URL to that of the calendar itself");
  }

  Result<Calendar> create(const std::string& url) {
    std::string name = options_.calendar_name;
    if (name.empty()) name = last_segment(canonical_path(url));
    std::string body =
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
        "<C:mkcalendar xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:set><D:prop>"
        "<D:displayname>" +
        xml::escaped(name) +
        "</D:displayname>"
        "<C:supported-calendar-component-set><C:comp name=\"VEVENT\"/></C:supported-calendar-component-set>"
        "</D:prop></D:set></C:mkcalendar>";
    const auto made = client_.send("MKCALENDAR", url, {{"Content-Type", "application/xml; charset=utf-8"}},
                                   std::move(body), deadline_);
    if (!made) return tl::unexpected(made.error());
    if (made->status == 201 || made->status == 200) return calendar_at(url);
    // 405, 409, 403 and 207 all mean "exists already" on some server: somebody else, or a request that was sent twice,
    // may have made it.
    if (const auto there = look(url); there && there->properties.is_calendar) return calendar_at(there->url);
    const Verdict failure = verdict(*made);
    Error error = answer_error("MKCALENDAR", url, *made, failure.status, failure.error);
    // "Not found" here is the home's, and "precondition failed" nothing that another look could cure.
    if (error.kind == ErrorKind::not_found || error.kind == ErrorKind::precondition_failed)
      error.kind = ErrorKind::refused;
    error.message += "; create the calendar on the server, or set another URL";
    return tl::unexpected(std::move(error));
  }

  Calendar calendar_at(const std::string& url) const {
    const bool read_first = options_.preconditions == Preconditions::read_first ||
                            (options_.preconditions == Preconditions::detect && read_first_);
    return {url, parse_url(url)->origin(), parse_url(url)->path, read_first};
  }

  std::string seen() const { return seen_.empty() ? std::string() : " (there are: " + seen_.substr(0, 400) + ")"; }

  DavClient& client_;
  const CalDavOptions& options_;
  const Deadline deadline_;
  std::vector<std::string> homes_;
  std::string seen_;
  bool read_first_ = false;
};

}  // namespace

Result<Calendar> find_calendar(DavClient& client, const CalDavOptions& options, Deadline deadline) {
  return Search(client, options, deadline).run();
}

}  // namespace calmux::caldav
