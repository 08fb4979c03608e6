#include <gmock/gmock.h>

#include "connectors/caldav/multistatus.h"

namespace calmux::caldav {
namespace {

using testing::ElementsAre;

Result<Multistatus> read(const std::string& responses) {
  return read_multistatus("<D:multistatus xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">" + responses +
                          "</D:multistatus>");
}

std::string response(const std::string& content) {
  return "<D:response><D:href> /cal/ </D:href>" + content + "</D:response>";
}

std::string propstat(const std::string& properties, const std::string& status = "HTTP/1.1 200 OK") {
  return "<D:propstat><D:prop>" + properties + "</D:prop><D:status>" + status + "</D:status></D:propstat>";
}

TEST(Multistatus, reads_the_properties_of_discovery) {
  const auto read_back = read(response(
      propstat("<D:getetag>\"1\"</D:getetag><D:displayname>Büro &amp; "
               "Co</D:displayname><D:sync-token>t</D:sync-token><D:getcontenttype>text/calendar</D:getcontenttype>"
               "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype><D:current-user-principal><D:href>/me/</"
               "D:href></D:current-user-principal>"
               "<C:calendar-home-set><D:href>/a/</D:href><D:href>/b/</D:href></C:calendar-home-set>"
               "<C:supported-calendar-component-set><C:comp name=\"VEVENT\"/><C:comp "
               "name=\"VTODO\"/></C:supported-calendar-component-set>"
               "<C:calendar-data>BEGIN:VCALENDAR\n</C:calendar-data>")));
  ASSERT_TRUE(read_back) << read_back.error().message;
  ASSERT_EQ(read_back->responses.size(), 1U);
  const DavResponse& only = read_back->responses.front();
  EXPECT_EQ(only.href, "/cal/");
  EXPECT_FALSE(only.failed());
  EXPECT_EQ(only.properties.etag, "\"1\"");
  EXPECT_EQ(only.properties.display_name, "Büro & Co");
  EXPECT_EQ(only.properties.sync_token, "t");
  EXPECT_EQ(only.properties.content_type, "text/calendar");
  EXPECT_TRUE(only.properties.is_collection);
  EXPECT_TRUE(only.properties.is_calendar);
  EXPECT_FALSE(only.properties.is_principal);
  EXPECT_EQ(only.properties.current_user_principal, "/me/");
  EXPECT_THAT(only.properties.calendar_home_set, ElementsAre("/a/", "/b/"));
  EXPECT_THAT(only.properties.components, ElementsAre("VEVENT", "VTODO"));
  EXPECT_EQ(only.properties.calendar_data, "BEGIN:VCALENDAR\n");
}

TEST(Multistatus, properties_that_failed_count_as_absent) {
  const auto read_back =
      read(response(propstat("<D:getetag>\"1\"</D:getetag>", "HTTP/1.1 404 Not Found") + propstat("<D:displayname/>")));
  ASSERT_TRUE(read_back);
  EXPECT_EQ(read_back->responses.front().properties.etag, std::nullopt);
  EXPECT_EQ(read_back->responses.front().properties.display_name, "");
  EXPECT_THAT(read_back->responses.front().failed_property_status, ElementsAre(404));
}

TEST(Multistatus, another_namespace_is_another_property) {
  const auto read_back = read(
      response(propstat("<getetag xmlns=\"urn:x\">\"1\"</getetag><D:resourcetype><D:calendar/></D:resourcetype>")));
  ASSERT_TRUE(read_back);
  EXPECT_EQ(read_back->responses.front().properties.etag, std::nullopt);
  EXPECT_FALSE(read_back->responses.front().properties.is_calendar);
}

TEST(Multistatus, reads_failures_their_conditions_and_the_sync_token) {
  const auto read_back = read(
      response(
          "<D:status>HTTP/1.1 412 Precondition Failed</D:status><D:error><C:no-uid-conflict><D:href>/o.ics</D:href>"
          "</C:no-uid-conflict></D:error>") +
      "<D:sync-token>next</D:sync-token>");
  ASSERT_TRUE(read_back);
  EXPECT_TRUE(read_back->responses.front().failed());
  EXPECT_EQ(read_back->responses.front().status, 412);
  EXPECT_TRUE(read_back->responses.front().error.names("no-uid-conflict"));
  EXPECT_EQ(read_back->responses.front().error.href, "/o.ics");
  EXPECT_EQ(read_back->sync_token, "next");
}

TEST(Multistatus, reads_a_bare_error) {
  const auto read_back = read_multistatus("<error xmlns='DAV:'><valid-sync-token/></error>");
  ASSERT_TRUE(read_back);
  EXPECT_TRUE(read_back->error.names("valid-sync-token"));
}

TEST(Multistatus, rejects) {
  for (const std::string& text : {std::string(), std::string("<html/>"), std::string("<multistatus/>"),
                                  std::string("<multistatus xmlns='DAV:'><response><href>/a</href>"),
                                  std::string("<multistatus xmlns='DAV:'><response/></multistatus>"),
                                  std::string("<multistatus xmlns='DAV:'><response><href> </href><status>HTTP/1.1 200 "
                                              "OK</status></response></multistatus>")}) {
    const auto read_back = read_multistatus(text);
    ASSERT_FALSE(read_back) << text;
    EXPECT_EQ(read_back.error().kind, ErrorKind::protocol) << text;
  }
  for (const char* status : {"", "200", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2000 OK", "HTTP/1.1 abc",
                             "HTTP/1.1 099 x", "FTP/1.1 200 OK"}) {
    EXPECT_FALSE(read(response("<D:status>" + std::string(status) + "</D:status>"))) << status;
    EXPECT_FALSE(read(response(propstat("", status)))) << status;
  }
  EXPECT_FALSE(read(response("<D:propstat><D:prop/></D:propstat>")));
}

TEST(DavError, is_read_from_a_body_or_absent) {
  const DavError error = read_error(
      "<D:error xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'><C:unique-scheduling-object-resource>"
      "<D:href>/x.ics</D:href></C:unique-scheduling-object-resource></D:error>");
  EXPECT_TRUE(error.names("unique-scheduling-object-resource"));
  EXPECT_EQ(error.href, "/x.ics");
  for (const std::string& body : {std::string(), std::string("no XML"), std::string("<html>broken"),
                                  std::string("<html/>"), std::string(100'000, '<')}) {
    EXPECT_TRUE(read_error(body).conditions.empty());
  }
}

}  // namespace
}  // namespace calmux::caldav
