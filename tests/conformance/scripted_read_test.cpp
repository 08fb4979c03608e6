#include <gmock/gmock.h>

#include <chrono>

#include "tests/conformance/environment.h"
#include "tests/conformance/expect.h"
#include "tests/conformance/scripted_server.h"

namespace calmux {
namespace {

using caldav::CalDavDestination;
using caldav::CalDavOptions;
using test::ScriptedServer;
using testing::HasSubstr;
using testing::Not;

constexpr const char* open_calendar = R"(
  > PROPFIND /cal/
  > Depth: 0
  < HTTP/1.1 207 Multi-Status
  |<multistatus xmlns="DAV:"><response><href>/cal/</href><propstat><prop><resourcetype><collection/>
  |<C:calendar xmlns:C="urn:ietf:params:xml:ns:caldav"/></resourcetype></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>
)";

CalDavOptions options_for(const ScriptedServer& server, const std::string& path = "/cal/") {
  CalDavOptions options;
  options.url = server.origin() + path;
  options.username = "alice";
  options.password = "pass-phrase";
  options.max_parallel = 1;
  options.total_timeout = std::chrono::seconds{5};
  return options;
}

std::string listing(const std::string& body) {
  return std::string(open_calendar) + R"(
  > PROPFIND /cal/
  > Depth: 1
  < HTTP/1.1 207 Multi-Status
)" + body;
}

TEST(ScriptedList, hrefs_are_compared_decoded_and_what_is_no_resource_is_left_out) {
  ScriptedServer server(listing(R"(
    |<D:multistatus xmlns:D="DAV:">
    |<D:response><D:href>http://127.0.0.1/cal/</D:href><D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype></D:prop>
    |<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
    |<D:response><D:href>http://127.0.0.1/cal/a@b%c5%91.ics</D:href><D:propstat><D:prop><D:getetag>"1"</D:getetag></D:prop>
    |<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
    |<D:response><D:href>/cal/inbox/</D:href><D:propstat><D:prop><D:getetag>"2"</D:getetag><D:resourcetype><D:collection/></D:resourcetype>
    |</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
    |<D:response><D:href>/cal/photo.jpg</D:href><D:propstat><D:prop><D:getetag>"3"</D:getetag><D:getcontenttype>image/jpeg</D:getcontenttype>
    |</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
    |<D:response><D:href>/cal/removed-meanwhile.ics</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>
    |</D:multistatus>
  )"));
  CalDavDestination destination(options_for(server));
  const auto found = destination.list();
  ASSERT_OK(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().href, destination.href_for("a@b\xC5\x91"));
  EXPECT_EQ(found->front().etag, "\"1\"");
}

struct Unreadable {
  const char* name;
  const char* answer;
  ErrorKind kind;
};

class ScriptedListing : public testing::TestWithParam<Unreadable> {};

TEST_P(ScriptedListing, is_complete_or_an_error) {
  ScriptedServer server(listing(GetParam().answer));
  auto options = options_for(server);
  options.total_timeout = std::chrono::seconds{60};  // 70 MB under a sanitizer take a while
  EXPECT_FAILS(CalDavDestination(options).list(), GetParam().kind);
}

INSTANTIATE_TEST_SUITE_P(
    Unreadable, ScriptedListing,
    testing::Values(
        Unreadable{"garbage", "|<html><body>Sign in</body>", ErrorKind::protocol},
        Unreadable{"html", "|<html><body>Sign in</body></html>", ErrorKind::protocol},
        Unreadable{"doctype", "|<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", ErrorKind::protocol},
        Unreadable{"empty", "= wait 0", ErrorKind::protocol},
        Unreadable{"no_response", "|<multistatus xmlns=\"DAV:\"/>", ErrorKind::protocol},
        Unreadable{"truncated_xml", "|<multistatus xmlns=\"DAV:\"><response><href>/cal/</href><propstat>",
                   ErrorKind::protocol},
        Unreadable{"truncated_transfer", R"(
          < Content-Length: 5000
          |<multistatus xmlns="DAV:"><response><href>/cal/</href>
          = close)",
                   ErrorKind::unavailable},
        Unreadable{"without_the_calendar",
                   "|<multistatus "
                   "xmlns=\"DAV:\"><response><href>/cal/a.ics</href><propstat><prop><getetag>\"1\"</getetag></prop>"
                   "<status>HTTP/1.1 200 OK</status></propstat></response></multistatus>",
                   ErrorKind::protocol},
        Unreadable{"resource_without_etag",
                   "|<multistatus xmlns=\"DAV:\"><response><href>/cal/</href><propstat><prop/><status>HTTP/1.1 200 "
                   "OK</status></propstat></response>"
                   "<response><href>/cal/a.ics</href><propstat><prop><getetag/></prop><status>HTTP/1.1 500 "
                   "Oops</status></propstat></response></multistatus>",
                   ErrorKind::protocol},
        Unreadable{"cut_by_the_server",
                   "|<multistatus "
                   "xmlns=\"DAV:\"><response><href>/cal/a.ics</href><propstat><prop><getetag>\"1\"</getetag></prop>"
                   "<status>HTTP/1.1 200 OK</status></propstat></response><response><href>/cal/</href>"
                   "<status>HTTP/1.1 507 Insufficient Storage</status></response></multistatus>",
                   ErrorKind::peer_failed},
        Unreadable{"oversize", "= big 70000000", ErrorKind::too_large}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ScriptedFetch, etag_that_the_answer_lacks_is_asked_for_before_the_body_is_read_again) {
  ScriptedServer server(std::string(open_calendar) + R"(
    > GET /cal/x.ics
    < HTTP/1.1 200 OK
    < Content-Type: text/calendar
    |BEGIN:VCALENDAR
    > PROPFIND /cal/x.ics
    < HTTP/1.1 207 Multi-Status
    |<multistatus xmlns="DAV:"><response><href>/cal/x.ics</href><propstat><prop><getetag>"1"</getetag></prop>
    |<status>HTTP/1.1 200 OK</status></propstat></response></multistatus>
    > GET /cal/x.ics
    < HTTP/1.1 200 OK
    < Content-Type: text/calendar
    |BEGIN:VCALENDAR
  )");
  const auto fetched = CalDavDestination(options_for(server)).fetch("/cal/x.ics");
  ASSERT_OK(fetched);
  EXPECT_EQ(fetched->etag, "\"1\"");
}

TEST(ScriptedFetch, sign_in_page_is_no_calendar) {
  ScriptedServer server(std::string(open_calendar) + R"(
    > GET /cal/x.ics
    < HTTP/1.1 200 OK
    < Content-Type: text/html
    < ETag: "page"
    |<html>Sign in</html>
  )");
  EXPECT_FAILS(CalDavDestination(options_for(server)).fetch("/cal/x.ics"), ErrorKind::protocol);
}

TEST(ScriptedOpen, principal_is_found_through_the_well_known_url) {
  ScriptedServer server(R"(
    > PROPFIND /
    < HTTP/1.1 405 Method Not Allowed
    > PROPFIND /.well-known/caldav
    < HTTP/1.1 301 Moved Permanently
    < Location: /dav/
    > PROPFIND /dav/
    < HTTP/1.1 207 Multi-Status
    |<multistatus xmlns="DAV:"><response><href>/dav/</href><propstat><prop><current-user-principal><href>/dav/me/</href></current-user-principal></prop>
    |<status>HTTP/1.1 200 OK</status></propstat></response></multistatus>
    > PROPFIND /dav/me/
    < HTTP/1.1 207 Multi-Status
    |<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><response><href>/dav/me/</href><propstat><prop>
    |<C:calendar-home-set><href>/dav/me/cal/</href></C:calendar-home-set></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>
    > PROPFIND /dav/me/cal/
    > Depth: 1
    < HTTP/1.1 207 Multi-Status
    |<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
    |<response><href>/dav/me/cal/</href><propstat><prop><resourcetype><collection/></resourcetype></prop><status>HTTP/1.1 200 OK</status></propstat></response>
    |<response><href>/dav/me/cal/tasks/</href><propstat><prop><resourcetype><collection/><C:calendar/></resourcetype><displayname>Team</displayname>
    |<C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set></prop><status>HTTP/1.1 200 OK</status></propstat></response>
    |<response><href>/dav/me/cal/7F/</href><propstat><prop><resourcetype><collection/><C:calendar/></resourcetype><displayname>Team</displayname>
    |<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set></prop><status>HTTP/1.1 200 OK</status></propstat></response>
    |</multistatus>
  )");
  auto options = options_for(server, "/");
  options.calendar_name = "Team";
  const auto opened = CalDavDestination(options).open();
  ASSERT_OK(opened);
  EXPECT_EQ(*opened, server.origin() + "/dav/me/cal/7F/");
}

TEST(ScriptedOpen, credentials_do_not_follow_to_another_host) {
  ScriptedServer elsewhere("");
  ScriptedServer server(R"(
    > PROPFIND /cal/
    < HTTP/1.1 301 Moved Permanently
    < Location: )" + elsewhere.origin("localhost") +
                        "/cal/\n");
  auto options = options_for(server);
  const auto opened = CalDavDestination(options).open();
  EXPECT_FAILS(opened, ErrorKind::refused);
  EXPECT_THAT(opened.error().message, HasSubstr("localhost"));
  EXPECT_THAT(opened.error().message, Not(HasSubstr(options.password)));
}

TEST(ScriptedOpen, trusted_host_gets_the_credentials) {
  ScriptedServer elsewhere(open_calendar);
  ScriptedServer server(R"(
    > PROPFIND /cal/
    < HTTP/1.1 308 Permanent Redirect
    < Location: )" + elsewhere.origin("localhost") +
                        "/cal/\n");
  auto options = options_for(server);
  options.trusted_hosts = {"localhost"};
  const auto opened = CalDavDestination(options).open();
  ASSERT_OK(opened);
  EXPECT_EQ(*opened, elsewhere.origin("localhost") + "/cal/");
}

TEST(ScriptedOpen, mkcalendar_that_fails_inside_a_multistatus_fails) {
  ScriptedServer server(R"(
    > PROPFIND /cal/
    < HTTP/1.1 404 Not Found
    > MKCALENDAR /cal/
    > ~<D:displayname>cal</D:displayname>
    < HTTP/1.1 207 Multi-Status
    |<multistatus xmlns="DAV:"><response><href>/cal/</href><propstat><prop><displayname/></prop>
    |<status>HTTP/1.1 403 Forbidden</status></propstat></response></multistatus>
    > PROPFIND /cal/
    < HTTP/1.1 404 Not Found
  )");
  const auto opened = CalDavDestination(options_for(server)).open();
  EXPECT_FAILS(opened, ErrorKind::refused);
  EXPECT_EQ(opened.error().http_status, 403);
}

TEST(ScriptedOpen, unknown_host_and_closed_port_are_unavailable) {
  CalDavOptions options;
  options.url = "http://calmux.invalid/cal/";
  EXPECT_FAILS(CalDavDestination(options).open(), ErrorKind::unavailable);
  options.url = "http://127.0.0.1:1/cal/";
  EXPECT_FAILS(CalDavDestination(options).open(), ErrorKind::unavailable);
}

TEST(ScriptedOpen, options_that_cannot_work_are_malformed) {
  for (const char* url : {"", "caldav.example.org", "ftp://example.org/", "http://alice:pass-phrase@example.org/"}) {
    CalDavOptions options;
    options.url = url;
    const auto opened = CalDavDestination(options).open();
    EXPECT_FAILS(opened, ErrorKind::malformed);
    EXPECT_THAT(opened.error().message, Not(HasSubstr("pass-phrase")));
    EXPECT_FAILS(CalDavDestination(options).probe(), ErrorKind::malformed);
  }
}

}  // namespace
}  // namespace calmux
