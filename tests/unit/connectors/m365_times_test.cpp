#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "connectors/m365/iso_time.h"
#include "m365_sample.h"

namespace calmux::m365 {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using nlohmann::json;
using std::chrono::local_days;
using std::chrono::sys_days;

TEST(M365IsoTime, reads_every_precision_and_offset) {
  const auto ten = sys_days{2024y / 10 / 18} + 10h;
  const std::pair<const char*, SourceTime> table[] = {
      {"2024-10-18", SourceTime{sys_days{2024y / 10 / 18}}},
      {"2024-10-18T10:00", SourceTime{ten}},
      {"2024-10-18 10:00:00", SourceTime{ten}},
      {"2024-10-18T10:00:00Z", SourceTime{ten}},
      {"2024-10-18t10:00:00z", SourceTime{ten}},
      {"2024-10-18T10:00:00.1Z", ten + 100ms},
      {"2024-10-18T10:00:00.1234567Z", ten + 123456us},
      {"2024-10-18T10:00:00.123456789Z", ten + 123456us},
      {"2024-10-18T12:00:00+02:00", SourceTime{ten}},
      {"2024-10-18T12:00:00+0200", SourceTime{ten}},
      {"2024-10-18T12:00:00+02", SourceTime{ten}},
      {"2024-10-18T04:30:00-05:30", SourceTime{ten}},
      {"2024-10-18T24:00:00Z", SourceTime{sys_days{2024y / 10 / 19}}},
      {"2024-10-18T23:59:60Z", sys_days{2024y / 10 / 19} - 1s},
      {" 2024-02-29 ", SourceTime{sys_days{2024y / 2 / 29}}},
  };
  for (const auto& [text, expected] : table) {
    const auto time = parse_iso_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(time->instant(), expected) << text;
  }
}

TEST(M365IsoTime, refuses_what_is_no_time) {
  for (const char* text : {"",
                           "x",
                           "2024",
                           "2024-10",
                           "2024-1-1",
                           "2023-02-29",
                           "2024-13-01",
                           "2024-10-18T",
                           "2024-10-18T1",
                           "2024-10-18T10",
                           "2024-10-18T25:00",
                           "2024-10-18T24:00:01",
                           "2024-10-18T10:60",
                           "2024-10-18T10:00:61",
                           "2024-10-18T10:00:00.",
                           "2024-10-18T10:00:00.1234567890",
                           "2024-10-18T10:00:00+",
                           "2024-10-18T10:00:00+2",
                           "2024-10-18T10:00:00+02:60",
                           "2024-10-18T10:00:00+19:00",
                           "2024-10-18T10:00:00Zx",
                           "2024-10-18T10:00:00 +02:00",
                           "20241018T100000Z",
                           "10/18/2024",
                           "\xef\xbc\x92"
                           "024-10-18"}) {
    EXPECT_FALSE(parse_iso_time(text)) << text;
  }
}

json with_times(const char* start, const char* start_zone, const char* end, const char* end_zone,
                const char* original = "") {
  json item = graph_event();
  item["start"] = {{"dateTime", start}, {"timeZone", start_zone}};
  item["end"] = {{"dateTime", end}, {"timeZone", end_zone}};
  item["originalStartTimeZone"] = original;
  item["originalEndTimeZone"] = original;
  return item;
}

TEST(M365Times, use_the_organiser_s_zone_where_the_sender_converted_to_utc) {
  const Event event =
      only(with_times("2026-08-04T12:00:00.0000000", "UTC", "2026-08-04T13:00:00", "UTC", "W. Europe Standard Time"));
  EXPECT_EQ(event.start,
            DateValue::zoned(local_days{2026y / 8 / 4} + 14h, "Europe/Berlin", sys_days{2026y / 8 / 4} + 12h));
  EXPECT_EQ(event.end.local, local_days{2026y / 8 / 4} + 15h);
}

TEST(M365Times, stay_in_utc_where_no_zone_is_known) {
  const Event event =
      only(with_times("2026-08-04T12:00:00", "UTC", "2026-08-04T13:00:00", "UTC", "tzone://Microsoft/Custom"));
  EXPECT_EQ(event.start, DateValue::utc(sys_days{2026y / 8 / 4} + 12h));
  EXPECT_TRUE(event.warnings.empty());
}

TEST(M365Times, prefer_an_offset_over_the_zone_s_wall_time) {
  const Event event = only(
      with_times("2026-08-04T12:00:00Z", "W. Europe Standard Time", "2026-08-04T13:00:00Z", "W. Europe Standard Time"));
  EXPECT_EQ(event.start,
            DateValue::zoned(local_days{2026y / 8 / 4} + 14h, "Europe/Berlin", sys_days{2026y / 8 / 4} + 12h));
}

TEST(M365Times, of_an_unknown_zone_are_kept_only_where_the_instant_is_certain) {
  const Event event = only(with_times("2026-08-04T14:00:00+02:00", "Customized Time Zone", "2026-08-04T15:00:00+02:00",
                                      "Customized Time Zone"));
  EXPECT_EQ(event.start, DateValue::utc(sys_days{2026y / 8 / 4} + 12h));
  EXPECT_TRUE(warned(event, "Customized Time Zone"));
  EXPECT_EQ(event.warnings.size(), 1U);

  const Error error =
      error_of(with_times("2026-08-04T14:00:00", "Mars Standard Time", "2026-08-04T15:00:00", "Mars Standard Time"));
  EXPECT_EQ(error.kind, ErrorKind::unplaceable);
  EXPECT_NE(error.message.find("start.timeZone: the time zone \"Mars Standard Time\""), std::string::npos)
      << error.message;
}

TEST(M365Times, of_a_zone_that_only_the_mailbox_knows_are_in_the_event_s_original_zone) {
  for (const char* zone : {"tzone://Microsoft/Custom", "Customized Time Zone"}) {
    json item = with_times("2026-08-04T14:00:00.0000000", zone, "2026-08-04T15:00:00.0000000", zone);
    item["originalStartTimeZone"] = item["originalEndTimeZone"] = "W. Europe Standard Time";
    const Event event = only(item);
    EXPECT_EQ(event.start.tzid, "Europe/Berlin");
    EXPECT_EQ(event.start.instant, sys_days{2026y / 8 / 4} + 12h);
    EXPECT_TRUE(warned(event, "only the mailbox knows"));
    item["originalStartTimeZone"] = item["originalEndTimeZone"] = zone;
    EXPECT_EQ(error_of(item).kind, ErrorKind::unplaceable);
  }
}

TEST(M365Times, of_a_flat_item_with_an_unknown_zone_come_from_the_form_with_offset) {
  json item = flat_item();
  item["timeZone"] = "Mars Standard Time";
  item["start"] = "2024-10-18T15:00:00";
  item["end"] = "2024-10-18T17:00:00";
  EXPECT_EQ(only(item).start, DateValue::utc(sys_days{2024y / 10 / 18} + 13h));
}

TEST(M365Times, without_any_zone_are_read_as_utc_with_a_warning) {
  json item = flat_item();
  for (const char* name : {"timeZone", "startWithTimeZone", "endWithTimeZone"}) item.erase(name);
  const Event event = only(item);
  EXPECT_EQ(event.start, DateValue::utc(sys_days{2024y / 10 / 18} + 13h));
  EXPECT_TRUE(warned(event, "No time zone"));
}

TEST(M365Times, that_have_no_end_last_no_time) {
  json item = flat_item();
  item["end"] = "";
  item["endWithTimeZone"] = "0001-01-01T00:00:00+00:00";
  const Event event = only(item);
  EXPECT_EQ(event.start, event.end);
  item["end"] = "9999-12-31T23:59:59.9999999";
  EXPECT_EQ(only(item).end, event.start);
}

TEST(M365Times, that_are_missing_or_contradict_each_other_cannot_be_placed) {
  json item = flat_item();
  item["end"] = "2024-10-18T12:59:59";
  EXPECT_EQ(error_of(item).kind, ErrorKind::unplaceable);
  for (const char* blank : {"\"\"", "null", "\"null\"", "\"0001-01-01T00:00:00\"", "{}"}) {
    item = flat_item();
    item["start"] = json::parse(blank);
    item.erase("startWithTimeZone");
    EXPECT_EQ(error_of(item).kind, ErrorKind::unplaceable) << blank;
  }
}

TEST(M365Times, may_start_and_end_in_different_zones) {
  json item =
      with_times("2026-08-04T10:00:00", "W. Europe Standard Time", "2026-08-04T12:00:00", "Eastern Standard Time");
  const Event event = only(item);
  EXPECT_EQ(event.start.tzid, "Europe/Berlin");
  EXPECT_EQ(event.end.tzid, "America/New_York");
  EXPECT_EQ(event.end.instant - event.start.instant, 8h);
}

struct AllDayCase {
  const char* start;
  const char* end;
  const char* zone;
  const char* original;
  std::chrono::year_month_day first, last;
  bool warned;
};

TEST(M365AllDay, events_are_the_dates_that_were_given_and_never_shift) {
  const AllDayCase table[] = {
      {"2026-08-10T00:00:00", "2026-08-11T00:00:00", "Europe/Amsterdam", "Europe/Amsterdam", 2026y / 8 / 10,
       2026y / 8 / 11, false},
      {"2026-08-10T00:00:00", "2026-08-11T00:00:00", "UTC", "Pacific Standard Time", 2026y / 8 / 10, 2026y / 8 / 11,
       false},
      {"2026-08-10T00:00:00", "2026-08-13T00:00:00", "UTC", "", 2026y / 8 / 10, 2026y / 8 / 13, false},
      {"2026-08-10T00:00:00", "2026-08-11T00:00:00", "Mars Standard Time", "", 2026y / 8 / 10, 2026y / 8 / 11, false},
      {"2026-08-10", "2026-08-11", "", "", 2026y / 8 / 10, 2026y / 8 / 11, false},
      {"2026-08-10T00:00:00+00:00", "2026-08-11T00:00:00+00:00", "UTC", "Tokyo Standard Time", 2026y / 8 / 10,
       2026y / 8 / 11, false},
      {"2026-08-10T00:00:00", "2026-08-10T00:00:00", "UTC", "", 2026y / 8 / 10, 2026y / 8 / 11, false},
      {"2026-08-10T00:00:00", "", "UTC", "", 2026y / 8 / 10, 2026y / 8 / 11, false},
      {"2026-08-09T22:00:00", "2026-08-10T22:00:00", "UTC", "W. Europe Standard Time", 2026y / 8 / 10, 2026y / 8 / 11,
       false},
      {"2026-08-09T22:00:00Z", "2026-08-10T22:00:00Z", "W. Europe Standard Time", "", 2026y / 8 / 10, 2026y / 8 / 11,
       false},
      {"2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "W. Europe Standard Time", "", 2026y / 10 / 25, 2026y / 10 / 26,
       false},
      {"2026-08-09T22:00:00", "2026-08-10T22:00:00", "UTC", "", 2026y / 8 / 10, 2026y / 8 / 11, true},
      {"2026-08-10T07:00:00", "2026-08-12T07:00:00", "UTC", "", 2026y / 8 / 10, 2026y / 8 / 12, true},
      {"2026-08-10T09:00:00", "2026-08-10T17:00:00", "UTC", "", 2026y / 8 / 10, 2026y / 8 / 11, true},
  };
  for (const auto& row : table) {
    json item = with_times(row.start, row.zone, row.end, row.zone, row.original);
    item["isAllDay"] = true;
    const Event event = only(item);
    EXPECT_EQ(event.start, DateValue::date(row.first)) << row.start << " " << row.zone << " " << row.original;
    EXPECT_EQ(event.end, DateValue::date(row.last)) << row.start << " " << row.zone << " " << row.original;
    EXPECT_EQ(!event.warnings.empty(), row.warned) << row.start;
  }
}

TEST(M365AllDay, events_that_end_before_they_start_cannot_be_placed) {
  json item = with_times("2026-08-10T00:00:00", "UTC", "2026-08-09T00:00:00", "UTC");
  item["isAllDay"] = true;
  EXPECT_EQ(error_of(item).kind, ErrorKind::unplaceable);
}

}  // namespace
}  // namespace calmux::m365
