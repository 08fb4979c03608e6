#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "m365_sample.h"

namespace calmux::m365 {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using nlohmann::json;
using std::chrono::local_days;
using std::chrono::sys_days;

DateValue berlin(std::chrono::year_month_day day, std::chrono::seconds time, std::chrono::hours offset) {
  return DateValue::zoned(local_days{day} + time, "Europe/Berlin", sys_days{day} + time - offset);
}

TEST(M365Decode, reads_a_graph_event) {
  const Event event = only(graph_event());
  EXPECT_EQ(event.source_event_id, "AAMk-single=");
  EXPECT_EQ(event.type, EventType::single);
  EXPECT_EQ(event.start, berlin(2026y / 8 / 4, 14h, 2h));
  EXPECT_EQ(event.end, berlin(2026y / 8 / 4, 15h, 2h));
  EXPECT_EQ(event.title, "Planning");
  EXPECT_EQ(event.text, "Agenda");
  EXPECT_EQ(event.html, "<html><body><p>Agenda</p></body></html>");
  EXPECT_EQ(event.location, "Room A");
  EXPECT_EQ(event.categories, std::vector<std::string>{"Blue"});
  EXPECT_EQ(event.show_as, ShowAs::tentative);
  EXPECT_EQ(event.sensitivity, Sensitivity::private_);
  EXPECT_EQ(event.importance, Importance::high);
  EXPECT_EQ(event.response, ResponseType::accepted);
  EXPECT_EQ(event.reminder, 15min);
  EXPECT_EQ(event.organizer, (Person{"Ann", "ann@example.test", "", ""}));
  EXPECT_EQ(event.people, (std::vector<Person>{{"Bob", "bob@example.test", "required", ""}}));
  EXPECT_EQ(event.change_key, "ck1");
  EXPECT_EQ(event.last_modified, sys_days{2026y / 7 / 18} + 7h + 45min + 57s + 702794us);
  EXPECT_EQ(event.web_link, "https://outlook.example.test/item");
  EXPECT_TRUE(event.warnings.empty());
}

TEST(M365Decode, reads_a_flat_connector_item) {
  const Event event = only(flat_item());
  EXPECT_EQ(event.start, DateValue::utc(sys_days{2024y / 10 / 18} + 13h));
  EXPECT_EQ(event.end, DateValue::utc(sys_days{2024y / 10 / 18} + 15h));
  EXPECT_EQ(event.type, EventType::single);
  EXPECT_EQ(event.text, "text");
  EXPECT_EQ(event.location, "Desk");
  EXPECT_FALSE(event.reminder);
  EXPECT_EQ(event.response, ResponseType::organizer);
  EXPECT_EQ(event.organizer, (Person{"", "ann@example.test", "", ""}));
  EXPECT_EQ(event.people, (std::vector<Person>{{"", "bob@example.test", "required", ""},
                                               {"", "eve@example.test", "required", ""},
                                               {"", "room@example.test", "resource", ""}}));
  EXPECT_FALSE(event.recurrence);
  EXPECT_TRUE(event.warnings.empty());
}

TEST(M365Decode, reads_an_item_of_the_older_connector) {
  const Event event = only(json::parse(R"({"ActionType": "updated", "Id": "v2", "Subject": "Old", "Body": "plain",
    "Start": "2024-10-18T13:00:00+00:00", "End": "2024-10-18T14:00:00+00:00", "ShowAs": 3, "Importance": 2, "Sensitivity": 2,
    "ResponseType": 4, "Recurrence": 0, "Reminder": 30, "IsAllDay": false, "TimeZone": "UTC", "DateTimeCreated": "2024-10-04T22:33:48+00:00",
    "DateTimeLastModified": "2024-10-04T22:35:49+00:00", "RequiredAttendees": "bob@example.test;", "Location": "Desk"})"));
  EXPECT_EQ(event.title, "Old");
  EXPECT_EQ(event.start, DateValue::utc(sys_days{2024y / 10 / 18} + 13h));
  EXPECT_EQ(event.show_as, ShowAs::oof);
  EXPECT_EQ(event.importance, Importance::high);
  EXPECT_EQ(event.sensitivity, Sensitivity::private_);
  EXPECT_EQ(event.response, ResponseType::declined);
  EXPECT_EQ(event.reminder, 30min);
  EXPECT_EQ(event.people.size(), 1U);
  EXPECT_EQ(event.created, sys_days{2024y / 10 / 4} + 22h + 33min + 48s);
  EXPECT_EQ(event.last_modified, sys_days{2024y / 10 / 4} + 22h + 35min + 49s);
}

TEST(M365Decode, knows_the_older_connector_s_numbers) {
  const ShowAs expected[] = {ShowAs::unknown, ShowAs::free, ShowAs::tentative,
                             ShowAs::busy,    ShowAs::oof,  ShowAs::working_elsewhere};
  for (int number = -1; number <= 4; ++number) {
    json item = flat_item();
    item["showAs"] = number;
    EXPECT_EQ(only(item).show_as, expected[number + 1]);
  }
}

TEST(M365Decode, reads_the_nested_form_of_earlier_flows_with_blanks) {
  const Event event = only(json::parse(R"({"id": "n", "Subject": "Nested", "body": "words", "location": "Desk",
    "start": {"dateTime": "2026-08-04T14:00:00", "timeZone": "W. Europe Standard Time"},
    "end": {"dateTime": "2026-08-04T15:00:00", "timeZone": "W. Europe Standard Time"},
    "attendees": ["Bob <bob@example.test>", "eve@example.test; max@example.test", null], "organizer": "null", "recurrence": "",
    "showAs": "", "importance": "null", "isAllDay": "False", "reminderMinutesBeforeStart": "20", "categories": "Blue; Green,",
    "changeKey": "", "lastModifiedDateTime": null, "seriesMasterId": "null", "type": ""})"));
  EXPECT_EQ(event.type, EventType::single);
  EXPECT_EQ(event.start, berlin(2026y / 8 / 4, 14h, 2h));
  EXPECT_EQ(event.text, "words");
  EXPECT_TRUE(event.html.empty());
  EXPECT_EQ(event.people, (std::vector<Person>{{"Bob", "bob@example.test", "", ""},
                                               {"", "eve@example.test", "", ""},
                                               {"", "max@example.test", "", ""}}));
  EXPECT_FALSE(event.organizer);
  EXPECT_EQ(event.reminder, 20min);
  EXPECT_EQ(event.categories, (std::vector<std::string>{"Blue", "Green"}));
  EXPECT_FALSE(event.last_modified);
  EXPECT_TRUE(event.warnings.empty());
}

TEST(M365Decode, finds_members_in_any_letter_case_and_prefers_the_one_that_is_filled) {
  json item = flat_item();
  item["Subject"] = "";
  item["SUBJECT"] = "null";
  EXPECT_EQ(only(item).title, "Focus");
}

TEST(M365Decode, tells_types_of_events_apart) {
  const std::pair<const char*, EventType> table[] = {
      {R"({"type": "occurrence", "seriesMasterId": "m"})", EventType::occurrence},
      {R"({"type": "exception", "seriesMasterId": "m"})", EventType::exception},
      {R"({"seriesMasterId": "m", "type": ""})", EventType::occurrence},
      {R"({"type": "singleInstance"})", EventType::single},
      {R"({"type": "seriesMaster"})", EventType::master},
      {R"({"type": null, "recurrence": {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "noEnd"}}})",
       EventType::master},
      {R"({"type": "", "recurrence": {"pattern": "", "range": ""}})", EventType::single},
      {R"({"type": "", "recurrence": "weekly"})", EventType::single},
  };
  for (const auto& [patch, type] : table) {
    json item = graph_event();
    item.update(json::parse(patch));
    EXPECT_EQ(only(item).type, type) << patch;
  }
}

TEST(M365Decode, takes_the_connector_s_word_for_no_rule) {
  json item = flat_item();
  item["recurrence"] = "weekly";
  const Event event = only(item);
  EXPECT_FALSE(event.recurrence);
  EXPECT_TRUE(warned(event, "but not how"));
}

TEST(M365Decode, expands_a_master_with_its_exceptions_and_cancelled_occurrences) {
  json item = graph_event();
  item["id"] = "m";
  item["type"] = "seriesMaster";
  item["recurrence"] = json::parse(
      R"({"pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"]}, "range": {"type": "noEnd"}})");
  item["cancelledOccurrences"] = {"OID.m.2026-10-27"};
  json exception = graph_event();
  exception["id"] = "x";
  exception["type"] = "";
  exception["occurrenceId"] = "OID.m.2026-08-11";
  item["exceptionOccurrences"] = {exception};
  const auto events = decode(item);
  ASSERT_TRUE(events) << events.error().message;
  ASSERT_EQ(events->size(), 2U);
  EXPECT_EQ(events->at(0).type, EventType::master);
  EXPECT_EQ(events->at(0).recurrence->rrule, "FREQ=WEEKLY;BYDAY=TU;WKST=SU");
  EXPECT_EQ(events->at(0).recurrence->exdates, (std::vector<DateValue>{berlin(2026y / 10 / 27, 14h, 1h)}));
  EXPECT_EQ(events->at(1).type, EventType::exception);
  EXPECT_EQ(events->at(1).series_id, "m");
  EXPECT_EQ(events->at(1).recurrence_id, DateValue::date(2026y / 8 / 11));
}

TEST(M365Decode, knows_the_original_start_of_an_occurrence) {
  const std::pair<const char*, DateValue> table[] = {
      {R"({"type": "exception", "originalStart": "2026-08-11T12:00:00Z"})", berlin(2026y / 8 / 11, 14h, 2h)},
      {R"({"type": "exception", "occurrenceId": "OID.AAA.BBB.2026-08-11"})", DateValue::date(2026y / 8 / 11)},
      {R"({"type": "exception", "iCalUId": "040000008200E00074C5B7101A82E00807EA080B104D19318916DD0100000000000000001000000037CDCA97246AAA4E83077489A7582493"})",
       DateValue::date(2026y / 8 / 11)},
      {R"({"type": "occurrence"})", berlin(2026y / 8 / 4, 14h, 2h)},
  };
  for (const auto& [patch, expected] : table) {
    json item = graph_event();
    item["seriesMasterId"] = "m";
    item.update(json::parse(patch));
    EXPECT_EQ(only(item).recurrence_id, expected) << patch;
  }
  json unknown = graph_event();
  unknown["seriesMasterId"] = "m";
  unknown["type"] = "exception";
  EXPECT_FALSE(only(unknown).recurrence_id);
}

TEST(M365Decode, reads_reminders_only_where_they_are_on) {
  const std::pair<const char*, std::optional<std::chrono::minutes>> table[] = {
      {R"({"isReminderOn": true, "reminderMinutesBeforeStart": 0})", 0min},
      {R"({"isReminderOn": false, "reminderMinutesBeforeStart": 15})", std::nullopt},
      {R"({"isReminderOn": null, "reminderMinutesBeforeStart": 15})", 15min},
      {R"({"isReminderOn": true, "reminderMinutesBeforeStart": null})", std::nullopt},
      {R"({"isReminderOn": true, "reminderMinutesBeforeStart": -5})", std::nullopt},
      {R"({"isReminderOn": true, "reminderMinutesBeforeStart": 99999999999})", std::nullopt},
  };
  for (const auto& [patch, expected] : table) {
    json item = graph_event();
    item.update(json::parse(patch));
    EXPECT_EQ(only(item).reminder, expected) << patch;
  }
}

TEST(M365Decode, joins_the_names_of_several_rooms) {
  json item = graph_event();
  item["locations"] = json::parse(
      R"([{"displayName": "Room A"}, {"displayName": ""}, {"displayName": "Room B"}, {"displayName": "Room A"}])");
  EXPECT_EQ(only(item).location, "Room A; Room B");
  item["locations"] = json::array();
  item["location"] = json::parse(R"({"displayName": "", "address": {"street": "Main 1", "city": "Graz"}})");
  EXPECT_EQ(only(item).location, "Main 1, Graz");
}

TEST(M365Decode, finds_the_join_link) {
  const std::pair<const char*, const char*> table[] = {
      {R"({"onlineMeeting": {"joinUrl": "https://teams.microsoft.com/l/meetup-join/1"}})",
       "https://teams.microsoft.com/l/meetup-join/1"},
      {R"({"onlineMeetingUrl": "https://meet.example.test/1"})", "https://meet.example.test/1"},
      {R"({"location": "https://eu.zoom.us/j/123?pwd=a;", "locations": []})", "https://eu.zoom.us/j/123?pwd=a"},
      {R"({"body": {"contentType": "html", "content": "<a href='https://meet.google.com/abc-defg'>Join</a>"}})",
       "https://meet.google.com/abc-defg"},
      {R"({"body": {"contentType": "text", "content": "see https://corp.webex.com/meet/ann."}})",
       "https://corp.webex.com/meet/ann"},
      {R"({"body": {"contentType": "text", "content": "see https://example.test/zoom.us/j/1 and https://notzoom.us/j/1"}})",
       ""},
  };
  for (const auto& [patch, expected] : table) {
    json item = graph_event();
    item.update(json::parse(patch));
    EXPECT_EQ(only(item).join_link, expected) << patch;
  }
}

TEST(M365Decode, marks_cancelled_events) {
  json item = graph_event();
  item["isCancelled"] = true;
  EXPECT_TRUE(only(item).cancelled);
}

TEST(M365Decode, tells_a_meeting_that_is_on_from_one_of_which_nothing_is_said) {
  EXPECT_FALSE(only(graph_event()).cancellation_unstated);
  EXPECT_TRUE(only(flat_item()).cancellation_unstated);
  for (const char* blank : {"null", "\"\"", "\"null\""}) {
    json item = graph_event();
    item["isCancelled"] = json::parse(blank);
    EXPECT_TRUE(only(item).cancellation_unstated) << blank;
  }
}

TEST(M365Decode, keeps_an_event_whose_words_are_not_known_and_says_so) {
  json item = graph_event();
  item["showAs"] = "sleeping";
  item["sensitivity"] = 17;
  const Event event = only(item);
  EXPECT_EQ(event.show_as, ShowAs::busy);
  EXPECT_TRUE(warned(event, "showAs"));
  EXPECT_TRUE(warned(event, "sensitivity"));
}

TEST(M365Decode, takes_out_characters_that_nothing_can_store) {
  json item = graph_event();
  item["subject"] = std::string("a\0b\x01\r\nc", 7);
  EXPECT_EQ(only(item).title, "ab c");
}

struct Refusal {
  const char* patch;
  const char* message;
};

TEST(M365Decode, refuses_wrong_types_and_says_where) {
  const Refusal table[] = {
      {R"({"subject": 7})", "subject: found the number 7, expected a text"},
      {R"({"start": 7})", "start: found the number 7, expected an ISO 8601 time"},
      {R"({"start": {"dateTime": 7}})", "start.dateTime"},
      {R"({"start": {"dateTime": "tomorrow", "timeZone": "UTC"}})", "start.dateTime: found the text \"tomorrow\""},
      {R"({"start": {"dateTime": "2026-02-30T00:00:00", "timeZone": "UTC"}})", "start.dateTime"},
      {R"({"end": [1]})", "end: found a list"},
      {R"({"isAllDay": 1})", "isAllDay"},
      {R"({"isAllDay": "yes"})", "isAllDay"},
      {R"({"body": 5})", "body"},
      {R"({"body": {"content": []}})", "body.content"},
      {R"({"location": false})", "location"},
      {R"({"categories": 5})", "categories"},
      {R"({"categories": [5]})", "categories"},
      {R"({"attendees": 5})", "attendees"},
      {R"({"attendees": [5]})", "attendees[0]"},
      {R"({"attendees": [{"emailAddress": {"name": 5}}]})", "attendees[0].emailAddress.name"},
      {R"({"organizer": [1]})", "organizer"},
      {R"({"showAs": {}})", "showAs"},
      {R"({"reminderMinutesBeforeStart": 1.5})", "reminderMinutesBeforeStart"},
      {R"({"reminderMinutesBeforeStart": "soon"})", "reminderMinutesBeforeStart"},
      {R"({"lastModifiedDateTime": 5})", "lastModifiedDateTime"},
      {R"({"exceptionOccurrences": {}})", "exceptionOccurrences"},
      {R"({"exceptionOccurrences": [5]})", "exceptionOccurrences[0]"},
      {R"({"exceptionOccurrences": [{"id": "x"}]})", "exceptionOccurrences[0].start"},
      {R"({"recurrence": {"pattern": {"type": "hourly"}}})", "recurrence.pattern.type"},
  };
  for (const auto& row : table) {
    json item = graph_event();
    item.update(json::parse(row.patch));
    const Error error = error_of(item);
    EXPECT_NE(error.message.find(row.message), std::string::npos) << row.patch << " gave: " << error.message;
  }
  for (const char* item : {"7", "[]", "\"text\"", "null"})
    EXPECT_EQ(error_of(json::parse(item)).kind, ErrorKind::malformed);
}

TEST(M365Decode, does_not_repeat_long_content_in_errors) {
  json item = graph_event();
  item["isAllDay"] = std::string(100, 's');
  EXPECT_EQ(error_of(item).message, "isAllDay: found a text of 100 bytes, expected true or false");
}

}  // namespace
}  // namespace calmux::m365
