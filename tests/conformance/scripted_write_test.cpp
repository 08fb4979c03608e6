// What no server does on demand: faults, and the peculiarities of servers that are not at hand. Each scenario must be
// consumed to its end.

#include <gmock/gmock.h>

#include <chrono>

#include "tests/conformance/environment.h"
#include "tests/conformance/expect.h"
#include "tests/conformance/scripted_server.h"

namespace calmux {
namespace {

using caldav::CalDavDestination;
using caldav::CalDavOptions;
using std::chrono::steady_clock;
using test::event;
using test::ScriptedServer;
using testing::HasSubstr;

constexpr const char* open_calendar = R"(
  > PROPFIND /cal/
  > Depth: 0
  < HTTP/1.1 207 Multi-Status
  |<multistatus xmlns="DAV:"><response><href>/cal/</href><propstat><prop><resourcetype><collection/>
  |<C:calendar xmlns:C="urn:ietf:params:xml:ns:caldav"/></resourcetype></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>
)";

CalDavOptions options_for(const ScriptedServer& server) {
  CalDavOptions options;
  options.url = server.origin() + "/cal/";
  options.username = "alice";
  options.password = "pass-phrase";
  options.max_parallel = 1;
  options.total_timeout = std::chrono::seconds{5};
  return options;
}

std::string etag_answer(const std::string& etag) {
  return R"(
  > PROPFIND /cal/x.ics
  > Depth: 0
  < HTTP/1.1 207 Multi-Status
  |<multistatus xmlns="DAV:"><response><href>/cal/x.ics</href><propstat><prop><getetag>)" +
         etag + R"(</getetag></prop>
  |<status>HTTP/1.1 200 OK</status></propstat></response></multistatus>
)";
}

constexpr const char* nothing_there = R"(
  > PROPFIND /cal/x.ics
  < HTTP/1.1 404 Not Found
)";

TEST(ScriptedWrite, credentials_agent_and_length_are_sent_at_once) {
  ScriptedServer server(std::string(open_calendar) + R"(
    > PUT /cal/x.ics
    > Authorization: Basic YWxpY2U6cGFzcy1waHJhc2U=
    > User-Agent: Calmux/
    > Content-Type: text/calendar; charset=utf-8
    > If-None-Match: *
    > ~UID:x
    < HTTP/1.1 201 Created
    < ETag: "1"
  )");
  CalDavDestination destination(options_for(server));
  const auto written = destination.create("/cal/x.ics", event("x"));
  ASSERT_OK(written);
  EXPECT_EQ(written->etag, "\"1\"");
}

TEST(ScriptedWrite, missing_etag_is_asked_for) {
  ScriptedServer server(open_calendar + std::string(R"(
    > PUT /cal/x.ics
    < HTTP/1.1 201 Created
  )") + etag_answer("W/&quot;7&quot;") +
                        R"(
    > PUT /cal/x.ics
    > If-Match: "7"
    < HTTP/1.1 204 No Content
    < Schedule-Tag: "s"
  )" + etag_answer("8"));
  CalDavDestination destination(options_for(server));
  const auto created = destination.create("/cal/x.ics", event("x"));
  ASSERT_OK(created);
  EXPECT_EQ(created->etag, "\"7\"");
  const auto updated = destination.update("/cal/x.ics", created->etag, event("x"));
  ASSERT_OK(updated);
  EXPECT_EQ(updated->etag, "\"8\"");
}

TEST(ScriptedWrite, weak_etag_is_sent_as_the_server_spells_it_where_it_insists) {
  ScriptedServer server(open_calendar + std::string(R"(
    > PUT /cal/x.ics
    > If-Match: "7"
    < HTTP/1.1 412 Precondition Failed
  )") + etag_answer("W/&quot;7&quot;") +
                        R"(
    > PUT /cal/x.ics
    > If-Match: W/"7"
    < HTTP/1.1 204 No Content
    < ETag: W/"8"
  )");
  const auto updated = CalDavDestination(options_for(server)).update("/cal/x.ics", "W/\"7\"", event("x"));
  ASSERT_OK(updated);
  EXPECT_EQ(updated->etag, "\"8\"");
}

TEST(ScriptedWrite, multistatus_answer_is_the_failure_inside_it) {
  ScriptedServer server(open_calendar + std::string(R"(
    > PUT /cal/x.ics
    < HTTP/1.1 207 Multi-Status
    |<multistatus xmlns="DAV:"><response><href>/cal/x.ics</href><status>HTTP/1.1 507 Insufficient Storage</status></response></multistatus>
    > PUT /cal/x.ics
    < HTTP/1.1 207 Multi-Status
    |<multistatus xmlns="DAV:"><response><href>/cal/x.ics</href><status>HTTP/1.1 412 Precondition Failed</status>
    |<error><C:no-uid-conflict xmlns:C="urn:ietf:params:xml:ns:caldav"><href>/cal/%c5%91.ics</href></C:no-uid-conflict></error></response></multistatus>
    > PUT /cal/x.ics
    < HTTP/1.1 207 Multi-Status
    |<multistatus xmlns="DAV:"/>
  )"));
  CalDavDestination destination(options_for(server));
  const auto full = destination.create("/cal/x.ics", event("x"));
  EXPECT_FAILS(full, ErrorKind::peer_failed);
  EXPECT_EQ(full.error().http_status, 507);
  EXPECT_THAT(full.error().message, HasSubstr("quota"));
  const auto conflict = destination.create("/cal/x.ics", event("x"));
  EXPECT_FAILS(conflict, ErrorKind::uid_conflict);
  EXPECT_THAT(conflict.error().message, HasSubstr("/cal/%C5%91.ics"));
  EXPECT_FAILS(destination.create("/cal/x.ics", event("x")), ErrorKind::protocol);
}

TEST(ScriptedWrite, busy_server_names_its_delay) {
  ScriptedServer server(open_calendar + std::string(R"(
    > PUT /cal/x.ics
    < HTTP/1.1 503 Service Unavailable
    < Retry-After: 120
    |SUMMARY of somebody's event
    > PUT /cal/x.ics
    < HTTP/1.1 503 Service Unavailable
    > PUT /cal/x.ics
    < HTTP/1.1 429 Too Many Requests
    < Retry-After: Fri, 01 Jan 1999 00:00:00 GMT
  )"));
  CalDavDestination destination(options_for(server));
  const auto later = destination.create("/cal/x.ics", event("x"));
  EXPECT_FAILS(later, ErrorKind::rate_limited);
  EXPECT_EQ(later.error().retry_after, std::chrono::seconds{120});
  EXPECT_THAT(later.error().message, HasSubstr("PUT /cal/x.ics"));
  EXPECT_THAT(later.error().message, testing::Not(HasSubstr("SUMMARY")));
  EXPECT_FAILS(destination.create("/cal/x.ics", event("x")), ErrorKind::unavailable);
  const auto at_once = destination.create("/cal/x.ics", event("x"));
  EXPECT_FAILS(at_once, ErrorKind::rate_limited);
  EXPECT_EQ(at_once.error().retry_after, std::chrono::seconds{0});
}

TEST(ScriptedWrite, connection_that_closes_before_the_answer_leads_to_precondition_failed) {
  // libcurl sends the PUT again, since the kept-alive connection might have been closed before it arrived. It had
  // arrived.
  ScriptedServer server(open_calendar + std::string(R"(
    > PUT /cal/x.ics
    > If-None-Match: *
    = close
    > PUT /cal/x.ics
    > If-None-Match: *
    < HTTP/1.1 412 Precondition Failed
  )") + etag_answer("&quot;1&quot;"));
  EXPECT_FAILS(CalDavDestination(options_for(server)).create("/cal/x.ics", event("x")), ErrorKind::precondition_failed);
}

TEST(ScriptedWrite, precondition_failed_with_nothing_there_is_a_refusal) {
  ScriptedServer server(open_calendar + std::string(R"(
    > PUT /cal/x.ics
    < HTTP/1.1 412 Precondition Failed
  )") + nothing_there);
  EXPECT_FAILS(CalDavDestination(options_for(server)).create("/cal/x.ics", event("x")), ErrorKind::refused);
}

TEST(ScriptedWrite, conflict_without_a_reason_is_about_the_uid_where_the_calendar_is_there) {
  ScriptedServer server(std::string(open_calendar) + R"(
    > PUT /cal/x.ics
    < HTTP/1.1 409 Conflict
  )" + open_calendar);
  EXPECT_FAILS(CalDavDestination(options_for(server)).create("/cal/x.ics", event("x")), ErrorKind::uid_conflict);
}

TEST(ScriptedWrite, redirect_of_a_write_is_not_followed) {
  ScriptedServer server(open_calendar + std::string(R"(
    > PUT /cal/x.ics
    < HTTP/1.1 301 Moved Permanently
    < Location: /elsewhere/x.ics
  )"));
  const auto written = CalDavDestination(options_for(server)).create("/cal/x.ics", event("x"));
  EXPECT_FAILS(written, ErrorKind::protocol);
}

TEST(ScriptedWrite, slow_server_times_out_within_the_total_time_out) {
  ScriptedServer server(open_calendar + std::string(R"(
    > PUT /cal/x.ics
    = wait 3000
    < HTTP/1.1 201 Created
  )"));
  auto options = options_for(server);
  options.total_timeout = std::chrono::milliseconds{400};
  CalDavDestination destination(options);
  ASSERT_OK(destination.open());
  const auto began = steady_clock::now();
  EXPECT_FAILS(destination.create("/cal/x.ics", event("x")), ErrorKind::timed_out);
  EXPECT_LT(steady_clock::now() - began, std::chrono::milliseconds{900});
}

TEST(ScriptedWrite, server_that_ignores_preconditions_is_looked_at_first) {
  ScriptedServer server(open_calendar + etag_answer("&quot;1&quot;") + etag_answer("&quot;2&quot;") +
                        etag_answer("&quot;2&quot;") + nothing_there + etag_answer("&quot;1&quot;") + R"(
    > DELETE /cal/x.ics
    > If-Match: "1"
    < HTTP/1.1 204 No Content
  )" + nothing_there + R"(
    > PUT /cal/x.ics
    < HTTP/1.1 201 Created
    < ETag: "3"
  )");
  auto options = options_for(server);
  options.preconditions = caldav::Preconditions::read_first;
  CalDavDestination destination(options);
  EXPECT_FAILS(destination.create("/cal/x.ics", event("x")), ErrorKind::precondition_failed);
  EXPECT_FAILS(destination.update("/cal/x.ics", "\"1\"", event("x")), ErrorKind::precondition_failed);
  EXPECT_FAILS(destination.remove("/cal/x.ics", "\"1\""), ErrorKind::precondition_failed);
  EXPECT_FAILS(destination.remove("/cal/x.ics", "\"1\""), ErrorKind::not_found);
  EXPECT_TRUE(destination.remove("/cal/x.ics", "\"1\""));
  EXPECT_TRUE(destination.create("/cal/x.ics", event("x")));
}

TEST(ScriptedWrite, digest_is_learnt_from_the_first_refusal) {
  ScriptedServer server(R"(
    > PROPFIND /cal/
    > Authorization: Basic
    < HTTP/1.1 401 Unauthorized
    < WWW-Authenticate: Digest realm="SabreDAV",qop="auth",nonce="5f3",opaque="df5"
    > PROPFIND /cal/
    > Authorization: Digest username="alice"
    < HTTP/1.1 207 Multi-Status
    |<multistatus xmlns="DAV:"><response><href>/cal/</href><propstat><prop><resourcetype><collection/>
    |<C:calendar xmlns:C="urn:ietf:params:xml:ns:caldav"/></resourcetype></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>
    > PUT /cal/x.ics
    > Authorization: Digest username="alice"
    > ~UID:x
    < HTTP/1.1 201 Created
    < ETag: "1"
  )");
  EXPECT_TRUE(CalDavDestination(options_for(server)).create("/cal/x.ics", event("x")));
}

}  // namespace
}  // namespace calmux
