#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/middleware/webhook_request.h"

namespace calmux {
namespace {

using testing::calendar;
using testing::post;
using testing::post_calendar;
using testing::read;

const std::string versioned = R"({"id": "a", "lastModifiedDateTime": "2026-11-20T12:00:00Z"})";
const std::string unversioned = R"({"id": "a", "subject": "s"})";

struct Media {
  std::string content_type;
  int status;
};

TEST(WebhookHeaders, JSON_and_iCalendar_in_UTF_8_are_taken_and_nothing_else) {
  const std::vector<Media> table{
      {"application/json", 200},
      {"APPLICATION/JSON", 200},
      {"application/json; charset=utf-8", 200},
      {"application/json;charset=\"UTF-8\"", 200},
      {"application/json ; charset=utf8; odata.metadata=full", 200},
      {"application/json; charset=us-ascii", 200},
      {"text/json", 200},
      {"application/cloudevents+json", 200},
      {"application/json; charset=iso-8859-1", 415},
      {"application/json; charset=utf-16", 415},
      {"text/calendar; charset=windows-1252", 415},
      {"text/plain", 415},
      {"application/xml", 415},
      {"application/x-www-form-urlencoded", 415},
      {"multipart/form-data; boundary=x", 415},
      {"application/jsonp", 415},
  };
  for (const auto& row : table) {
    const auto webhook = read(post(unversioned, {{"content-type", row.content_type}}));
    EXPECT_EQ(webhook ? 200 : webhook.error().status, row.status) << row.content_type;
    EXPECT_FALSE(!webhook && webhook.error().keep_body) << row.content_type;
  }
  EXPECT_TRUE(read(post(unversioned))) << "no Content-Type means JSON";
  for (const std::string type :
       {"text/calendar", "text/calendar; charset=utf-8; method=PUBLISH", "Text/Calendar;component=VEVENT"}) {
    const auto webhook = read(post(calendar("a"), {{"Content-Type", type}}));
    ASSERT_TRUE(webhook) << type;
    EXPECT_EQ(webhook->deliveries.front().media, postgres::Media::icalendar);
  }
}

struct Preference {
  std::vector<HttpHeader> headers;
  int seconds;
};

TEST(WebhookHeaders, a_sender_may_ask_to_wait_up_to_100_seconds) {  // RFC 7240 sections 2 and 4.3
  const std::vector<Preference> table{
      {{}, 0},
      {{{"Prefer", "wait=10"}}, 10},
      {{{"prefer", "Wait=10"}}, 10},
      {{{"Prefer", "wait=0"}}, 0},
      {{{"Prefer", "wait=100"}}, 100},
      {{{"Prefer", "wait=101"}}, 100},
      {{{"Prefer", "wait=86400"}}, 100},
      {{{"Prefer", "respond-async, wait=10"}}, 10},
      {{{"Prefer", "respond-async,wait=10;foo=bar"}}, 10},
      {{{"Prefer", "wait=\"10\""}}, 10},
      {{{"Prefer", "wait = 10"}}, 10},
      {{{"Prefer", "respond-async"}, {"Prefer", "wait=10"}}, 10},
      {{{"Prefer", "patience; await=99, wait=10"}}, 10},
      {{{"Prefer", "wait"}}, 0},
      {{{"Prefer", "wait="}}, 0},
      {{{"Prefer", "wait=-5"}}, 0},
      {{{"Prefer", "wait=soon"}}, 0},
      {{{"Prefer", "await=10"}}, 0},
      {{{"Prefer", "respond-async"}}, 0},
  };
  for (const auto& row : table) {
    const auto webhook = read(post(unversioned, row.headers));
    ASSERT_TRUE(webhook);
    EXPECT_EQ(webhook->wait.count(), row.seconds) << (row.headers.empty() ? "(none)" : row.headers.front().value);
  }
}

TEST(WebhookHeaders, source_ids_are_names_for_people_and_for_URLs) {
  for (const auto& right : std::vector<std::string>{"m365_tenant1", "M365-Tenant.1", "user@example.org", "ics:holidays",
                                                    "7", std::string(100, 'x')}) {
    EXPECT_TRUE(valid_source_id(right)) << right;
  }
  for (const std::string wrong :
       {"", " ", "a b", "a/b", "a\\b", "../etc", "a?b", "a%20b", "a\nb", "ümlaut", "'; DROP TABLE inbox", "a,b"}) {
    EXPECT_FALSE(valid_source_id(wrong)) << wrong;
  }
  EXPECT_FALSE(valid_source_id(std::string(101, 'x')));
  EXPECT_FALSE(valid_source_id(std::string("a\0b", 3)));
}

std::string key_of(const HttpRequest& request, std::optional<Operation> by_path = std::nullopt) {
  const auto webhook = read(request, by_path);
  return webhook ? webhook->deliveries.front().idempotency_key : webhook.error().message;
}

TEST(IdempotencyKey, the_same_content_is_the_same_delivery) {
  EXPECT_EQ(key_of(post(versioned)), key_of(post(versioned)));
  EXPECT_EQ(key_of(post(versioned, {{"User-Agent", "one"}})), key_of(post(versioned, {{"User-Agent", "two"}})));
  EXPECT_EQ(key_of(post_calendar(calendar("a"))), key_of(post_calendar(calendar("a"))));
}

TEST(IdempotencyKey, other_content_another_event_or_another_operation_is_another_delivery) {
  const std::set<std::string> keys{
      key_of(post(versioned)),
      key_of(post(versioned), Operation::create),
      key_of(post(versioned), Operation::delete_),
      key_of(post(R"({"id": "b", "lastModifiedDateTime": "2026-11-20T12:00:00Z"})")),
      key_of(post(R"({"id": "a", "lastModifiedDateTime": "2026-11-20T12:00:01Z"})")),
      key_of(post(unversioned)),
      key_of(post_calendar(calendar("a"))),
  };
  EXPECT_EQ(keys.size(), 7u);
}

TEST(IdempotencyKey, a_retry_belongs_to_the_same_run) {
  const auto run = [](const std::string& body, const std::string& id) {
    return key_of(post(body, {{"x-ms-workflow-run-id", id}}));
  };
  EXPECT_EQ(run(unversioned, "run-1"), run(unversioned, "run-1"));
  EXPECT_NE(run(unversioned, "run-1"), run(unversioned, "run-2")) << "without a version it may be a change back";
  EXPECT_EQ(run(versioned, "run-1"), run(versioned, "run-2")) << "the version says that it is the same";
}

TEST(IdempotencyKey, an_iCalendar_object_has_a_version_in_its_time_stamps) {
  const auto run = [](const std::string& body, const std::string& id) {
    return key_of(post_calendar(body, {{"x-ms-workflow-run-id", id}}));
  };
  const auto with_version = calendar("a", "LAST-MODIFIED:20261120T110000Z\r\n");
  EXPECT_EQ(run(with_version, "run-1"), run(with_version, "run-2"));
  EXPECT_EQ(run(calendar("a"), "run-1"), run(calendar("a"), "run-2")) << "DTSTAMP";
  EXPECT_NE(run(calendar("a"), "run-1"), run(with_version, "run-1"));
}

TEST(IdempotencyKey, the_senders_own_key_counts_whatever_the_body_says) {
  const auto keyed = [](const std::string& body, const std::string& header, const std::string& key) {
    return key_of(post(body, {{header, key}}));
  };
  EXPECT_EQ(keyed(versioned, "Idempotency-Key", "k1"), keyed(unversioned, "idempotency-key", "k1"));
  EXPECT_NE(keyed(versioned, "Idempotency-Key", "k1"), keyed(versioned, "Idempotency-Key", "k2"));
  EXPECT_EQ(keyed(versioned, "webhook-id", "m1"), keyed(unversioned, "webhook-id", "m1"));
  EXPECT_NE(keyed(versioned, "Idempotency-Key", "k1"), key_of(post(versioned)));
  EXPECT_NE(keyed(versioned, "Idempotency-Key", "k1"), keyed(R"({"id": "b"})", "Idempotency-Key", "k1"));
  EXPECT_EQ(key_of(post(versioned, {{"Idempotency-Key", "k1"}, {"webhook-id", "m1"}})),
            keyed(versioned, "Idempotency-Key", "k1"));
  EXPECT_EQ(keyed(versioned, "Idempotency-Key", ""), key_of(post(versioned))) << "an empty key is none";
}

TEST(IdempotencyKey, two_items_of_one_request_are_two_deliveries_even_under_one_key) {
  const auto webhook = read(post(R"({"value": [{"id": "a", "subject": "old"}, {"id": "a", "subject": "new"}]})",
                                 {{"Idempotency-Key", "k1"}}));
  ASSERT_TRUE(webhook);
  ASSERT_EQ(webhook->deliveries.size(), 2u);
  EXPECT_NE(webhook->deliveries[0].idempotency_key, webhook->deliveries[1].idempotency_key);
}

TEST(IdempotencyKey, it_is_short_enough_to_be_kept) {
  EXPECT_LE(key_of(post(versioned, {{"Idempotency-Key", std::string(255, 'k')}})).size(), 200u);
  EXPECT_LE(key_of(post(versioned)).size(), 200u);
  const auto refused = read(post(versioned, {{"Idempotency-Key", std::string(256, 'k')}}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 400);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("Idempotency-Key"));
}

}  // namespace
}  // namespace calmux
