#include <gmock/gmock.h>

#include <thread>

#include "connectors/caldav/href.h"
#include "connectors/http_client.h"
#include "tests/conformance/environment.h"
#include "tests/conformance/expect.h"

namespace calmux {
namespace {

using caldav::CalDavDestination;
using test::event;
using test::fresh_name;
using test::options_for;

std::string url_of(const Result<std::string>& opened) {
  return opened ? *opened : opened.error().message;
}

TEST(Open, missing_calendar_is_created_and_found_again) {
  const std::string name = fresh_name();
  CalDavDestination first(options_for(name));
  const auto created = first.open();
  ASSERT_OK(created);
  EXPECT_TRUE(created->ends_with("/")) << *created;
  EXPECT_EQ(url_of(first.open()), *created);

  CalDavDestination second(options_for(name));
  EXPECT_EQ(url_of(second.open()), *created);
  EXPECT_TRUE(second.probe());
}

TEST(Open, missing_calendar_is_not_found_where_creating_is_switched_off) {
  auto options = options_for(fresh_name());
  options.create_missing = false;
  EXPECT_FAILS(CalDavDestination(options).open(), ErrorKind::not_found);
}

TEST(Open, name_that_is_no_path_segment_becomes_the_displayname) {
  const std::string name = "Gemeinsamer Kalender / Büro & <" + fresh_name() + ">";
  const auto created = CalDavDestination(options_for(name)).open();
  ASSERT_OK(created);
  EXPECT_EQ(url_of(CalDavDestination(options_for(name)).open()), *created);
}

TEST(Open, calendar_is_found_by_its_displayname) {
  const std::string shown = "Shown as " + fresh_name();
  const std::string url = test::caldav_server().home + fresh_name() + "/";
  ASSERT_THAT(test::raw_request("MKCALENDAR", url), 201);
  HttpOptions http;
  http.username = test::caldav_server().username;
  http.password = test::caldav_server().password;
  http.credential_hosts = {"127.0.0.1"};
  HttpRequest rename{"PROPPATCH", url, {{"Content-Type", "application/xml"}}};
  rename.body = "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop><D:displayname>" + shown +
                "</D:displayname></D:prop></D:set></D:propertyupdate>";
  const auto renamed = HttpClient(http).send(rename);
  ASSERT_OK(renamed);
  ASSERT_EQ(renamed->status, 207) << renamed->body;

  auto options = options_for(shown);
  options.create_missing = false;
  const auto opened = CalDavDestination(options).open();
  ASSERT_OK(opened);
  EXPECT_EQ(caldav::canonical_path(*opened), caldav::canonical_path(url));
}

TEST(Open, url_may_be_the_calendar_the_home_or_a_missing_calendar) {
  const std::string name = fresh_name();
  auto options = options_for(name);
  options.url = test::caldav_server().home;
  const auto by_home = CalDavDestination(options).open();
  ASSERT_OK(by_home);

  options.calendar_name.clear();
  options.url = *by_home;
  EXPECT_EQ(url_of(CalDavDestination(options).open()), *by_home);
  options.url.pop_back();  // people leave out the slash
  EXPECT_EQ(url_of(CalDavDestination(options).open()), *by_home);

  options.url = test::caldav_server().home + fresh_name() + "/";
  const auto made = CalDavDestination(options).open();
  ASSERT_OK(made);
  EXPECT_EQ(*made, options.url);
}

TEST(Open, home_without_a_name_is_refused) {
  auto options = options_for("");
  options.url = test::caldav_server().home;
  EXPECT_FAILS(CalDavDestination(options).open(), ErrorKind::refused);
}

TEST(Open, concurrent_opens_create_one_calendar) {
  const std::string name = fresh_name() + " with a space";
  CalDavDestination left(options_for(name));
  CalDavDestination right(options_for(name));
  Result<std::string> left_url = fail(ErrorKind::internal, "not run");
  Result<std::string> right_url = left_url;
  {
    std::jthread other([&] { left_url = left.open(); });
    right_url = right.open();
  }
  ASSERT_OK(left_url);
  EXPECT_EQ(url_of(right_url), *left_url);
}

TEST(Open, first_write_opens) {
  const std::string name = fresh_name();
  const auto url = CalDavDestination(options_for(name)).open();
  ASSERT_OK(url);
  CalDavDestination destination(options_for(name));
  const std::string href = caldav::canonical_path(*url) + "unopened.ics";
  EXPECT_TRUE(destination.create(href, event("unopened")));
  EXPECT_EQ(destination.href_for("unopened"), href);
}

TEST(Open, vanished_calendar_is_not_found_until_it_is_opened_again) {
  CalDavDestination destination(options_for(fresh_name()));
  const auto url = destination.open();
  ASSERT_OK(url);
  const std::string href = destination.href_for("kept");
  const auto written = destination.create(href, event("kept"));
  ASSERT_OK(written);
  const int status = test::raw_request("DELETE", *url);
  ASSERT_THAT(status, testing::AnyOf(200, 204));

  EXPECT_FAILS(destination.create(destination.href_for("other"), event("other")), ErrorKind::not_found);
  EXPECT_FAILS(destination.fetch(href), ErrorKind::not_found);
  EXPECT_FAILS(destination.remove(href, written->etag), ErrorKind::not_found);
  EXPECT_FAILS(destination.list(), ErrorKind::not_found);
  EXPECT_FAILS(destination.probe(), ErrorKind::not_found);

  EXPECT_EQ(url_of(destination.open()), *url);
  EXPECT_TRUE(destination.create(href, event("kept")));
}

TEST(Open, wrong_password_is_unauthorized) {
  if (test::caldav_server().name == "xandikos") GTEST_SKIP() << "Xandikos has no authentication";
  auto options = options_for(fresh_name());
  options.password = "not-the-password";
  CalDavDestination destination(options);
  const auto opened = destination.open();
  EXPECT_FAILS(opened, ErrorKind::unauthorized);
  EXPECT_FAILS(destination.probe(), ErrorKind::unauthorized);
  EXPECT_THAT(opened.error().message, testing::Not(testing::HasSubstr(options.password)));
}

}  // namespace
}  // namespace calmux
