#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/icalendar/calendar_object_text.h"
#include "tests/unit/middleware/webhook_request.h"

namespace calmux {
namespace {

using testing::calendar;
using ::testing::HasSubstr;
using testing::post;
using testing::post_calendar;
using testing::read;

TEST(WebhookICalendar, a_calendar_object_is_a_delivery_named_by_its_uid) {
  const auto body = calendar("5F2A@example.org");
  const auto webhook = read(post_calendar(body), Operation::create);
  ASSERT_TRUE(webhook) << webhook.error().message;
  ASSERT_EQ(webhook->deliveries.size(), 1u);
  const auto& delivery = webhook->deliveries.front();
  EXPECT_EQ(delivery.source_event_id, "5F2A@example.org");
  EXPECT_EQ(delivery.operation, Operation::create);
  EXPECT_EQ(delivery.media, postgres::Media::icalendar);
  EXPECT_EQ(delivery.body, body);
  EXPECT_EQ(delivery.source_id, "work");
}

TEST(WebhookICalendar, without_a_word_from_the_path_it_is_an_update) {
  EXPECT_EQ(read(post_calendar(calendar("a")))->deliveries.front().operation, Operation::update);
  EXPECT_EQ(read(post_calendar(calendar("a")), Operation::delete_)->deliveries.front().operation, Operation::delete_);
}

TEST(WebhookICalendar, the_event_s_uid_is_found_among_others) {
  const auto body =
      "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nBEGIN:VALARM\r\nUID:alarm\r\nEND:VALARM\r\nUID;X-A=\"b:c\":event\r\n"
      "DTSTART:20261120T120000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
  EXPECT_EQ(read(post_calendar(body))->deliveries.front().source_event_id, "event");
}

TEST(WebhookICalendar, a_series_with_its_overrides_is_one_delivery) {
  const auto body =
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
      "BEGIN:VEVENT\r\nUID:s\r\nRECURRENCE-ID:20261121T120000Z\r\nDTSTART:20261121T150000Z\r\nDTEND:"
      "20261121T160000Z\r\nEND:VEVENT\r\n"
      "BEGIN:VEVENT\r\nUID:s\r\nDTSTART:20261120T120000Z\r\nDTEND:20261120T130000Z\r\nRRULE:FREQ=DAILY;COUNT=3\r\nEND:"
      "VEVENT\r\n"
      "END:VCALENDAR\r\n";
  const auto webhook = read(post_calendar(body));
  ASSERT_TRUE(webhook) << webhook.error().message;
  ASSERT_EQ(webhook->deliveries.size(), 1u);
  EXPECT_EQ(webhook->deliveries.front().source_event_id, "s");
}

TEST(WebhookICalendar, a_folded_uid_is_read_whole) {
  const auto webhook = read(post_calendar(calendar("long-\r\n uid-of-an\r\n\tevent")));
  ASSERT_TRUE(webhook) << webhook.error().message;
  EXPECT_EQ(webhook->deliveries.front().source_event_id, "long-uid-of-anevent");
}

TEST(WebhookICalendar, the_delivery_bears_the_id_that_decoding_will_give_the_event) {
  for (const std::string uid : {"plain", "a\\,b\\;c", "back\\\\slash", "with blank", " leading", "ümlaut"}) {
    const auto body = calendar(uid);
    const auto webhook = read(post_calendar(body));
    ASSERT_TRUE(webhook) << uid << ": " << webhook.error().message;
    const auto events = icalendar::read(body);
    ASSERT_TRUE(events);
    EXPECT_EQ(webhook->deliveries.front().source_event_id, events->front().source_event_id) << uid;
  }
}

TEST(WebhookICalendar, an_event_that_cannot_be_placed_is_accepted_and_a_dead_letter_later) {
  const auto body =
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20261120T120000Z\r\nDTEND:"
      "20261119T120000Z\r\n"
      "END:VEVENT\r\nEND:VCALENDAR\r\n";
  const auto webhook = read(post_calendar(body));
  ASSERT_TRUE(webhook) << webhook.error().message;
  EXPECT_EQ(webhook->deliveries.front().source_event_id, "a");
}

struct Wrong {
  std::string body;
  std::string names;
};

TEST(WebhookICalendar, what_is_no_calendar_object_is_refused_and_kept) {
  const std::string open = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n";
  const std::string two =
      "BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20261120T120000Z\r\nEND:VEVENT\r\n"
      "BEGIN:VEVENT\r\nUID:b\r\nDTSTART:20261120T120000Z\r\nEND:VEVENT\r\n";
  const std::vector<Wrong> table{
      {"{\"id\": \"a\"}", "VCALENDAR"},
      {open + "END:VCALENDAR\r\n", "VEVENT"},
      {open + "BEGIN:VTODO\r\nUID:a\r\nEND:VTODO\r\nEND:VCALENDAR\r\n", "VEVENT"},
      {open + "BEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "UID"},
      {calendar(""), "UID"},
      {calendar(std::string(1'025, 'u')), "UID"},
      {open + two + "END:VCALENDAR\r\n", "UID"},
      {open + "BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20261120T120000Z\r\n", ""},
      {calendar("a", "SUMMARY:\xFF\xFE\r\n"), "UTF-8"},
  };
  for (const auto& row : table) {
    const auto webhook = read(post_calendar(row.body));
    ASSERT_FALSE(webhook) << row.body;
    EXPECT_EQ(webhook.error().status, 400) << row.body;
    EXPECT_THAT(webhook.error().message, HasSubstr(row.names)) << row.body;
    EXPECT_TRUE(webhook.error().keep_body) << row.body;
  }
}

TEST(WebhookICalendar, a_nul_or_an_empty_body_is_refused) {
  EXPECT_EQ(read(post_calendar("")).error().status, 400);
  EXPECT_EQ(read(post_calendar(calendar(std::string("a\0b", 3)))).error().status, 400);
}

}  // namespace
}  // namespace calmux
