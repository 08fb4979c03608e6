#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "connectors/destination.h"
#include "postgres/object_store.h"

namespace calmux::testing {

/// A calendar in memory that answers as RFC 4791 and RFC 9110 say, and does what a test scripts. Not thread-safe.
class MemoryDestination : public Destination {
 public:
  struct Resource {
    std::string etag;
    std::string body;
  };

  /// What happens to the next request of this name (create, update, remove, fetch, open), instead of or before its
  /// effect.
  struct Fault {
    Error error;
    bool takes_effect = false;  ///< the request is carried out, only its answer is lost
  };

  std::map<std::string, Resource> resources;        ///< by href
  std::vector<std::string> requests;                ///< "create /cal/x.ics", in order
  std::map<std::string, std::deque<Fault>> faults;  ///< by the request's name
  std::string collection = "/cal/";
  bool collection_exists = true;
  std::string collection_when_reopened = "/cal/";  ///< where open() finds or makes it

  void fail_next(const std::string& request, ErrorKind kind, bool takes_effect = false) {
    faults[request].push_back({{kind, "scripted", std::nullopt, std::nullopt}, takes_effect});
  }

  void put(const std::string& href, const std::string& body) { resources[href] = {next_etag(), body}; }

  std::size_t count(const std::string& request) const {
    std::size_t found = 0;
    for (const auto& one : requests) found += one.starts_with(request + ' ') ? 1U : 0U;
    return found;
  }

  Result<std::string> open() override {
    return answered<std::string>("open", collection_when_reopened, [&]() -> Result<std::string> {
      collection = collection_when_reopened;
      collection_exists = true;
      return "https://dav.example.org" + collection;
    });
  }

  std::string href_for(const std::string& uid) const override { return collection + uid + ".ics"; }

  Result<Written> create(const std::string& href, const std::string& body) override {
    return answered<Written>("create", href, [&]() -> Result<Written> {
      if (!reachable(href)) return fail(ErrorKind::not_found, "no such collection");
      if (resources.contains(href)) return fail(ErrorKind::precondition_failed, "something is there");
      put(href, body);
      return Written{resources[href].etag};
    });
  }

  Result<Written> update(const std::string& href, const std::string& etag, const std::string& body) override {
    return answered<Written>("update", href, [&]() -> Result<Written> {
      if (!reachable(href)) return fail(ErrorKind::not_found, "no such collection");
      const auto found = resources.find(href);
      if (found == resources.end() || found->second.etag != etag)
        return fail(ErrorKind::precondition_failed, "another ETag");
      put(href, body);
      return Written{resources[href].etag};
    });
  }

  Result<void> remove(const std::string& href, const std::string& etag) override {
    return answered<void>("remove", href, [&]() -> Result<void> {
      const auto found = resources.find(href);
      if (!reachable(href) || found == resources.end()) return fail(ErrorKind::not_found, "not there");
      if (found->second.etag != etag) return fail(ErrorKind::precondition_failed, "another ETag");
      resources.erase(found);
      return {};
    });
  }

  Result<RemoteObject> fetch(const std::string& href) override {
    return answered<RemoteObject>("fetch", href, [&]() -> Result<RemoteObject> {
      const auto found = resources.find(href);
      if (!reachable(href) || found == resources.end()) return fail(ErrorKind::not_found, "not there");
      return RemoteObject{href, found->second.etag, found->second.body};
    });
  }

  Result<std::vector<RemoteObject>> list() override { return fail(ErrorKind::internal, "no test lists"); }
  Result<void> probe() override { return {}; }

 private:
  bool reachable(const std::string& href) const { return collection_exists && href.starts_with(collection); }
  std::string next_etag() { return '"' + std::to_string(++versions_) + '"'; }

  template <class T, class Effect>
  Result<T> answered(const std::string& request, const std::string& href, Effect effect) {
    requests.push_back(request + ' ' + href);
    auto& scripted = faults[request];
    if (scripted.empty()) return effect();
    const auto fault = std::move(scripted.front());
    scripted.pop_front();
    if (fault.takes_effect) static_cast<void>(effect());
    return tl::unexpected(fault.error);
  }

  int versions_ = 0;
};

/// A claimed object that says `title`; never written yet.
inline postgres::ClaimedObject claimed(const std::string& title) {
  using namespace std::chrono_literals;
  const auto start = std::chrono::sys_days{std::chrono::year{2026} / 11 / 20} + 12h;
  postgres::ClaimedObject object;
  object.id = 7;
  object.uid = "calmux-1";
  object.desired_version = 3;
  object.desired_since = start - 24h;
  object.attempt = 1;
  object.request_id = "r-1";
  CalendarObject desired;
  desired.uid = object.uid;
  desired.main.source_event_id = "a";
  desired.main.title = title;
  desired.main.start = DateValue::utc(start);
  desired.main.end = DateValue::utc(start + 1h);
  object.desired = desired;
  return object;
}

}  // namespace calmux::testing
