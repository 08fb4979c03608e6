#include "tests/conformance/environment.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include "connectors/http_client.h"

namespace calmux::test {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

CalDavServer caldav_server() {
  CalDavServer server{variable("CALMUX_TEST_CALDAV_SERVER"),   variable("CALMUX_TEST_CALDAV_URL"),
                      variable("CALMUX_TEST_CALDAV_HOME"),     variable("CALMUX_TEST_CALDAV_USERNAME"),
                      variable("CALMUX_TEST_CALDAV_PASSWORD"), variable("CALMUX_TEST_CALDAV_CONTROL")};
  EXPECT_FALSE(server.url.empty()) << "run this through tests/support/caldav_servers.py";
  return server;
}

void control(const std::string& word) {
  const std::string path = caldav_server().control;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof(address.sun_path));
  std::copy(path.begin(), path.end(), address.sun_path);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const std::string line = word + "\n";
  ASSERT_EQ(::send(socket, line.data(), line.size(), 0), static_cast<ssize_t>(line.size()));
  std::string answer;
  char buffer[256];
  for (ssize_t size = 0; (size = ::recv(socket, buffer, sizeof buffer, 0)) > 0;)
    answer.append(buffer, static_cast<std::size_t>(size));
  ::close(socket);
  ASSERT_EQ(answer, "ok\n");
}

caldav::CalDavOptions options_for(const std::string& calendar_name) {
  const CalDavServer server = caldav_server();
  caldav::CalDavOptions options;
  options.url = server.url;
  options.calendar_name = calendar_name;
  options.username = server.username;
  options.password = server.password;
  options.connect_timeout = std::chrono::seconds{2};
  return options;
}

std::string fresh_name() {
  static std::atomic<int> count{0};
  return "conformance-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

std::string event(const std::string& uid, const std::string& summary) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Calmux//conformance//EN\r\nBEGIN:VEVENT\r\nUID:" + uid +
         "\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260304T090000Z\r\nDTEND:20260304T100000Z\r\nSUMMARY:" + summary +
         "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
}

int raw_request(const std::string& method, const std::string& url, const std::string& body) {
  const CalDavServer server = caldav_server();
  HttpOptions options;
  options.username = server.username;
  options.password = server.password;
  options.credential_hosts = {"127.0.0.1"};
  HttpClient client(options);
  HttpRequest request{method, url};
  if (!body.empty()) {
    request.body = body;
    request.headers = {{"Content-Type", "text/calendar; charset=utf-8"}};
  }
  const auto response = client.send(request);
  return response ? response->status : 0;
}

}  // namespace calmux::test
