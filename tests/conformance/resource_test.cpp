#include <gmock/gmock.h>

#include <algorithm>

#include "tests/conformance/environment.h"
#include "tests/conformance/expect.h"

namespace calmux {
namespace {

using caldav::CalDavDestination;
using test::event;
using testing::HasSubstr;

class Resource : public testing::Test {
 protected:
  void SetUp() override {
    made_ = std::make_unique<CalDavDestination>(test::options_for(test::fresh_name()));
    ASSERT_OK(made_->open());
  }

  Destination& destination() { return *made_; }

  std::string listed_etag(const std::string& href) {
    const auto listing = destination().list();
    if (!listing) return "no listing: " + listing.error().message;
    const auto found =
        std::find_if(listing->begin(), listing->end(), [&](const RemoteObject& object) { return object.href == href; });
    return found == listing->end() ? "" : found->etag;
  }

 private:
  std::unique_ptr<CalDavDestination> made_;
};

TEST_F(Resource, created_fetched_listed_updated_and_removed) {
  EXPECT_EQ(destination().list()->size(), 0U);
  const std::string href = destination().href_for("round-trip");
  const auto created = destination().create(href, event("round-trip", "First"));
  ASSERT_OK(created);
  const auto fetched = destination().fetch(href);
  ASSERT_OK(fetched);
  EXPECT_EQ(fetched->href, href);
  EXPECT_EQ(fetched->etag, created->etag);
  EXPECT_THAT(fetched->body, HasSubstr("SUMMARY:First"));
  EXPECT_EQ(listed_etag(href), created->etag);

  const auto updated = destination().update(href, created->etag, event("round-trip", "Second"));
  ASSERT_OK(updated);
  EXPECT_NE(updated->etag, created->etag);
  EXPECT_THAT(destination().fetch(href)->body, HasSubstr("SUMMARY:Second"));
  EXPECT_EQ(destination().fetch(href)->etag, updated->etag);
  EXPECT_EQ(listed_etag(href), updated->etag);

  ASSERT_OK(destination().remove(href, updated->etag));
  EXPECT_FAILS(destination().fetch(href), ErrorKind::not_found);
  EXPECT_EQ(listed_etag(href), "");
}

TEST_F(Resource, create_on_something_there_fails_and_changes_nothing) {
  const std::string href = destination().href_for("twice");
  ASSERT_OK(destination().create(href, event("twice", "First")));
  EXPECT_FAILS(destination().create(href, event("twice", "Second")), ErrorKind::precondition_failed);
  EXPECT_THAT(destination().fetch(href)->body, HasSubstr("SUMMARY:First"));
}

TEST_F(Resource, stale_etag_neither_updates_nor_removes) {
  const std::string href = destination().href_for("stale");
  const auto first = destination().create(href, event("stale", "First"));
  ASSERT_OK(first);
  const auto second = destination().update(href, first->etag, event("stale", "Second"));
  ASSERT_OK(second);
  EXPECT_FAILS(destination().update(href, first->etag, event("stale", "Third")), ErrorKind::precondition_failed);
  EXPECT_FAILS(destination().remove(href, first->etag), ErrorKind::precondition_failed);
  EXPECT_THAT(destination().fetch(href)->body, HasSubstr("SUMMARY:Second"));
  EXPECT_TRUE(destination().remove(href, second->etag));
}

TEST_F(Resource, missing_one_cannot_be_updated_removed_or_fetched) {
  const std::string href = destination().href_for("missing");
  EXPECT_FAILS(destination().update(href, "\"none\"", event("missing")), ErrorKind::precondition_failed);
  EXPECT_FAILS(destination().remove(href, "\"none\""), ErrorKind::not_found);
  EXPECT_FAILS(destination().fetch(href), ErrorKind::not_found);
  EXPECT_EQ(listed_etag(href), "");
}

TEST_F(Resource, same_content_again_is_no_error) {
  const std::string href = destination().href_for("same");
  const auto first = destination().create(href, event("same"));
  ASSERT_OK(first);
  const auto again = destination().update(href, first->etag, event("same"));
  ASSERT_OK(again);
  EXPECT_EQ(destination().fetch(href)->etag, again->etag);
}

TEST_F(Resource, uid_at_another_href_is_a_conflict_where_the_server_cares) {
  ASSERT_OK(destination().create(destination().href_for("one-uid"), event("one-uid")));
  const auto second = destination().create(destination().href_for("another-name"), event("one-uid"));
  // RFC 4791 section 5.3.2.1 demands it; DAViCal takes both.
  if (test::caldav_server().name == "davical") {
    EXPECT_TRUE(second.has_value());
  } else {
    EXPECT_FAILS(second, ErrorKind::uid_conflict);
  }
}

TEST_F(Resource, removed_resource_may_be_created_again) {
  const std::string href = destination().href_for("phoenix");
  const auto first = destination().create(href, event("phoenix"));
  ASSERT_OK(first);
  ASSERT_OK(destination().remove(href, first->etag));
  EXPECT_TRUE(destination().create(href, event("phoenix", "Again")));
}

TEST_F(Resource, utf8_survives) {
  const std::string href = destination().href_for("utf8");
  const std::string summary = "Grüße, 会議 \xF0\x9F\x93\x85 café";
  std::string escaped = "Grüße\\, 会議 \xF0\x9F\x93\x85 café";
  ASSERT_OK(destination().create(href, event("utf8", escaped)));
  EXPECT_THAT(destination().fetch(href)->body, HasSubstr(escaped)) << summary;
}

TEST_F(Resource, large_body_survives) {
  const std::string href = destination().href_for("large");
  std::string body = event("large");
  std::string description = "DESCRIPTION:";
  for (int line = 0; line < 4'400; ++line)
    description += "seventy characters of text that no server may lose\\, cut or reorder.\r\n ";
  body.insert(body.find("END:VEVENT"), description + "end\r\n");
  ASSERT_GT(body.size(), 300'000U);
  const auto created = destination().create(href, body);
  ASSERT_OK(created);
  const auto fetched = destination().fetch(href);
  ASSERT_OK(fetched);
  EXPECT_GT(fetched->body.size(), 285'000U);
  EXPECT_EQ(fetched->etag, created->etag);
}

TEST_F(Resource, garbage_is_refused_and_leaves_nothing) {
  const std::string href = destination().href_for("garbage");
  const auto written = destination().create(href, "this is no calendar");
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().kind, ErrorKind::refused) << written.error().message;
  EXPECT_THAT(written.error().message, testing::Not(HasSubstr("this is no calendar")));
  EXPECT_FAILS(destination().fetch(href), ErrorKind::not_found);
}

TEST_F(Resource, href_outside_of_the_calendar_is_refused) {
  EXPECT_FAILS(destination().create("/somewhere/else.ics", event("outside")), ErrorKind::refused);
  EXPECT_FAILS(destination().fetch(destination().href_for("x") + "/deeper.ics"), ErrorKind::refused);
}

class Uids : public Resource, public testing::WithParamInterface<std::string> {};

TEST_P(Uids, name_a_resource_that_works) {
  const std::string& uid = GetParam();
  const std::string href = destination().href_for(uid);
  EXPECT_EQ(href, destination().href_for(uid));
  EXPECT_LE(href.size() - href.rfind('/') - 1, 200U);
  std::string escaped_uid;
  for (const char c : uid) {
    if (c == '\\' || c == ';' || c == ',') escaped_uid += '\\';
    escaped_uid += c;
  }
  const auto created = destination().create(href, event(escaped_uid));
  ASSERT_OK(created);
  EXPECT_EQ(destination().fetch(href)->etag, created->etag);
  EXPECT_EQ(listed_etag(href), created->etag);
  const auto updated = destination().update(href, created->etag, event(escaped_uid, "Changed"));
  ASSERT_OK(updated);
  EXPECT_TRUE(destination().remove(href, updated->etag));
}

INSTANTIATE_TEST_SUITE_P(All, Uids,
                         testing::Values("plain", "0123456789abcdef0123456789abcdef@calmux", "with space", "a+b=c&d",
                                         "100%25", "semi;colon,comma", "slash/in/it", "back\\slash", ".hidden",
                                         "question?hash#", "brackets[]{}", "Grüße-会議", "it's (ok)!",
                                         std::string(195, 'u'), std::string(200, 'v'), std::string(120, ' ') + "x"));

}  // namespace
}  // namespace calmux
