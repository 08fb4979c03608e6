// A CalDAV calendar that costs nothing: /calendar/ in memory, everything allowed, preconditions not looked at. What is
// measured in front of it is Calmux and PostgreSQL alone.

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "middleware/http_server.h"

namespace {

using calmux::HttpRequest;
using calmux::HttpResponse;

constexpr const char* kCalendar =
    "<?xml version=\"1.0\"?><D:multistatus xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:response>"
    "<D:href>/calendar/</D:href><D:propstat><D:prop><D:resourcetype><D:collection/><C:calendar/></D:resourcetype>"
    "<D:displayname>calmux</D:displayname></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
    "</D:multistatus>";

struct Resource {
  std::string etag;
  std::string body;
};

class Calendar {
 public:
  HttpResponse answer(HttpRequest&& request) {
    if (request.method == "PROPFIND") return {207, "application/xml; charset=utf-8", kCalendar, {}};
    const std::lock_guard lock(mutex_);
    const auto found = resources_.find(request.path);
    if (request.method == "PUT") {
      auto etag = '"' + std::to_string(++version_) + '"';
      const int status = found == resources_.end() ? 201 : 204;
      resources_[request.path] = {etag, std::move(request.body)};
      return {status, "", "", {{"ETag", std::move(etag)}}};
    }
    if (request.method == "GET" && found != resources_.end())
      return {200, "text/calendar; charset=utf-8", found->second.body, {{"ETag", found->second.etag}}};
    if (request.method == "DELETE") return {resources_.erase(request.path) > 0 ? 204 : 404, "", "", {}};
    return {404, "", "", {}};
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, Resource> resources_;
  std::uint64_t version_ = 0;
};

}  // namespace

int main() {
  using namespace calmux;
  Calendar calendar;
  HttpServer server(
      {}, [&](HttpRequest&& request, Responder&& responder) { responder.send(calendar.answer(std::move(request))); },
      [](int status, std::string_view) {
        return HttpResponse{status, "", "", {}};
      });
  server.start();
  std::printf("%d\n", static_cast<int>(server.port()));
  std::fflush(stdout);
  ::pause();
  std::quick_exit(0);
}
