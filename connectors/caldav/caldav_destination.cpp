#include "connectors/caldav/caldav_destination.h"

#include <condition_variable>
#include <mutex>
#include <optional>

#include "connectors/caldav/dav_client.h"
#include "connectors/caldav/discovery.h"
#include "connectors/caldav/href.h"
#include "connectors/caldav/listing.h"
#include "connectors/caldav/resource.h"

namespace calmux::caldav {

struct CalDavDestination::State {
  explicit State(CalDavOptions given) : options(std::move(given)), valid(check_options(options)), client(options) {}

  /// One thread at a time looks for the calendar, so that sixteen first writes do not create it sixteen times. Not a
  /// timed_mutex: g++ 12's thread sanitizer does not see it being locked.
  struct Turn {
    Turn(State& given, Deadline until) : state(given) {
      std::unique_lock lock(state.mutex);
      taken = state.looked.wait_until(lock, until, [this] { return !state.looking; });
      if (taken) state.looking = true;
    }
    ~Turn() {
      if (!taken) return;
      {
        const std::lock_guard lock(state.mutex);
        state.looking = false;
      }
      state.looked.notify_one();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    State& state;
    bool taken = false;
  };

  Deadline deadline() const { return std::chrono::steady_clock::now() + options.total_timeout; }

  std::optional<Calendar> known() const {
    const std::lock_guard lock(mutex);
    return calendar;
  }

  /// `again`: looks even where a calendar is known already.
  Result<Calendar> opened(Deadline until, bool again) {
    if (!valid) return tl::unexpected(valid.error());
    if (!again) {
      if (auto there = known()) return std::move(*there);
    }
    const Turn turn(*this, until);
    if (!turn.taken) return fail(ErrorKind::timed_out, "the search for the calendar did not end in time");
    if (!again) {
      if (auto there = known()) return std::move(*there);
    }
    auto found = find_calendar(client, options, until);
    if (found) {
      const std::lock_guard lock(mutex);
      calendar = *found;
    }
    return found;
  }

  Result<Resource> resource(const std::string& href) {
    const Deadline until = deadline();
    auto place = opened(until, false);
    if (!place) return tl::unexpected(std::move(place.error()));
    std::string path = canonical_path(href);
    // An href of a calendar that was configured before: writing there would be worse than not writing.
    if (parent_path(path) != place->path || path.ends_with('/')) {
      return fail(ErrorKind::refused, href.substr(0, 400) + " is not a resource of the calendar " + place->path);
    }
    return Resource(client, std::move(*place), std::move(path), until);
  }

  const CalDavOptions options;
  const Result<void> valid;
  DavClient client;
  mutable std::mutex mutex;  // of what follows
  std::condition_variable looked;
  bool looking = false;
  std::optional<Calendar> calendar;
};

CalDavDestination::CalDavDestination(CalDavOptions options) : state_(std::make_unique<State>(std::move(options))) {}

CalDavDestination::~CalDavDestination() = default;

Result<std::string> CalDavDestination::open() {
  return state_->opened(state_->deadline(), true).map([](const Calendar& calendar) { return calendar.url; });
}

std::string CalDavDestination::href_for(const std::string& uid) const {
  const auto calendar = state_->known();
  return calendar ? calendar->path + resource_name(uid) : std::string();
}

Result<Written> CalDavDestination::create(const std::string& href, const std::string& body) {
  return state_->resource(href).and_then([&](Resource resource) { return resource.create(body); });
}

Result<Written> CalDavDestination::update(const std::string& href, const std::string& etag, const std::string& body) {
  return state_->resource(href).and_then(
      [&](Resource resource) { return resource.update(canonical_etag(etag), body); });
}

Result<void> CalDavDestination::remove(const std::string& href, const std::string& etag) {
  return state_->resource(href).and_then([&](Resource resource) { return resource.remove(canonical_etag(etag)); });
}

Result<RemoteObject> CalDavDestination::fetch(const std::string& href) {
  return state_->resource(href).and_then([](Resource resource) { return resource.fetch(); });
}

Result<std::vector<RemoteObject>> CalDavDestination::list() {
  const Deadline until = state_->deadline();
  return state_->opened(until, false).and_then([&](const Calendar& calendar) {
    return list_calendar(state_->client, calendar, until);
  });
}

Result<void> CalDavDestination::probe() {
  if (!state_->valid) return tl::unexpected(state_->valid.error());
  const auto calendar = state_->known();
  const std::string& url = calendar ? calendar->url : state_->options.url;
  const auto found = state_->client.propfind_following(url, 0, "<D:resourcetype/>", state_->deadline());
  if (!found) return tl::unexpected(found.error());
  return {};
}

}  // namespace calmux::caldav
