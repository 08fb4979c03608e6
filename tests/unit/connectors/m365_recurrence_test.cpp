#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "m365_sample.h"

namespace calmux::m365 {
namespace {

using namespace testing;
using nlohmann::json;

json series(const std::string& pattern, const std::string& range = R"({"type": "noEnd"})") {
  json item = graph_event();
  item["type"] = "seriesMaster";
  item["recurrence"] = {{"pattern", json::parse(pattern)}, {"range", json::parse(range)}};
  return item;
}

std::string rule(const json& item) {
  const Event event = only(item);
  return event.recurrence ? event.recurrence->rrule : "no rule";
}

struct PatternCase {
  const char* pattern;
  const char* rrule;
};

// The sample starts on Tuesday, 4 August 2026.
TEST(M365Recurrence, says_each_pattern_in_ical_words) {
  const PatternCase table[] = {
      {R"({"type": "daily", "interval": 1})", "FREQ=DAILY"},
      {R"({"type": "daily", "interval": 3})", "FREQ=DAILY;INTERVAL=3"},
      {R"({"type": "daily"})", "FREQ=DAILY"},
      {R"({"type": "weekly", "interval": 2, "daysOfWeek": ["friday", "monday"], "firstDayOfWeek": "monday"})",
       "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;WKST=MO"},
      {R"({"type": "Weekly", "interval": 1, "daysOfWeek": ["Monday", "monday"]})", "FREQ=WEEKLY;BYDAY=MO;WKST=SU"},
      {R"({"type": "weekly", "interval": 1, "daysOfWeek": []})", "FREQ=WEEKLY;BYDAY=TU;WKST=SU"},
      {R"({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 15})", "FREQ=MONTHLY;BYMONTHDAY=15"},
      {R"({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 28})", "FREQ=MONTHLY;BYMONTHDAY=28"},
      {R"({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 29})", "FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1"},
      {R"({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 30})",
       "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1"},
      {R"({"type": "absoluteMonthly", "interval": 2, "dayOfMonth": 31})",
       "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"},
      {R"({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 0})", "FREQ=MONTHLY;BYMONTHDAY=4"},
      {R"({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday"], "index": "second"})",
       "FREQ=MONTHLY;BYDAY=2MO"},
      {R"({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday"], "index": "last"})",
       "FREQ=MONTHLY;BYDAY=-1MO"},
      {R"({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday", "tuesday"], "index": "first"})",
       "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1"},
      {R"({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"], "index": "last"})",
       "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"},
      {R"({"type": "absoluteYearly", "interval": 1, "month": 3, "dayOfMonth": 31})",
       "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=31"},
      {R"({"type": "absoluteYearly", "interval": 1, "month": 2, "dayOfMonth": 29})",
       "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1"},
      {R"({"type": "absoluteYearly", "interval": 1, "month": 0, "dayOfMonth": 0})",
       "FREQ=YEARLY;BYMONTH=8;BYMONTHDAY=4"},
      {R"({"type": "relativeYearly", "interval": 1, "month": 11, "daysOfWeek": ["thursday"], "index": "fourth"})",
       "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"},
      {R"({"type": "relativeYearly", "interval": 1, "month": 1, "daysOfWeek": ["saturday", "sunday"], "index": "third"})",
       "FREQ=YEARLY;BYMONTH=1;BYDAY=SU,SA;BYSETPOS=3"},
  };
  for (const auto& row : table) EXPECT_EQ(rule(series(row.pattern)), row.rrule) << row.pattern;
}

TEST(M365Recurrence, ignores_the_zeros_that_a_pattern_does_not_use) {
  const char* real = R"({"type": "weekly", "interval": 1, "month": 0, "dayOfMonth": 0, "daysOfWeek": ["monday"],
                         "firstDayOfWeek": "sunday", "index": "first"})";
  const char* range =
      R"({"type": "numbered", "startDate": "2026-08-03", "endDate": "0001-01-01", "recurrenceTimeZone": "",
                          "numberOfOccurrences": 10})";
  EXPECT_EQ(rule(series(real, range)), "FREQ=WEEKLY;BYDAY=MO;WKST=SU;COUNT=10");
}

struct RangeCase {
  const char* range;
  const char* rest;
};

TEST(M365Recurrence, ends_with_the_last_day_in_the_series_zone) {
  const RangeCase table[] = {
      {R"({"type": "noEnd", "endDate": "2026-10-05"})", ""},
      {R"({"type": "numbered", "numberOfOccurrences": 7})", ";COUNT=7"},
      {R"({"type": "endDate", "endDate": "2026-10-05", "recurrenceTimeZone": "W. Europe Standard Time"})",
       ";UNTIL=20261005T215959Z"},
      {R"({"type": "endDate", "endDate": "2026-12-05", "recurrenceTimeZone": "W. Europe Standard Time"})",
       ";UNTIL=20261205T225959Z"},
      {R"({"type": "endDate", "endDate": "2026-10-05", "recurrenceTimeZone": "Pacific Standard Time"})",
       ";UNTIL=20261006T065959Z"},
      {R"({"type": "endDate", "endDate": "2026-10-05", "recurrenceTimeZone": ""})", ";UNTIL=20261005T215959Z"},
      {R"({"type": "endDate", "endDate": "2026-10-05", "recurrenceTimeZone": "tzone://Microsoft/Custom"})",
       ";UNTIL=20261005T215959Z"},
  };
  for (const auto& row : table)
    EXPECT_EQ(rule(series(R"({"type": "daily"})", row.range)), std::string("FREQ=DAILY") + row.rest) << row.range;
}

TEST(M365Recurrence, of_an_all_day_series_ends_with_a_date) {
  json item = series(R"({"type": "daily"})", R"({"type": "endDate", "endDate": "2026-10-05"})");
  item["isAllDay"] = true;
  item["start"]["dateTime"] = "2026-08-04T00:00:00";
  item["end"]["dateTime"] = "2026-08-05T00:00:00";
  EXPECT_EQ(rule(item), "FREQ=DAILY;UNTIL=20261005");
}

TEST(M365Recurrence, without_its_end_is_open_and_says_so) {
  for (const char* range : {R"({"type": "endDate", "endDate": "0001-01-01"})", R"({"type": "endDate"})",
                            R"({"type": "numbered", "numberOfOccurrences": 0})"}) {
    const Event event = only(series(R"({"type": "daily"})", range));
    EXPECT_EQ(event.recurrence->rrule, "FREQ=DAILY") << range;
    EXPECT_TRUE(warned(event, "open one")) << range;
  }
}

TEST(M365Recurrence, that_is_known_in_utc_only_is_warned_about) {
  json item = series(R"({"type": "daily"})");
  item["originalStartTimeZone"] = "tzone://Microsoft/Custom";
  item["start"]["timeZone"] = item["end"]["timeZone"] = "UTC";
  EXPECT_TRUE(warned(only(item), "UTC only"));
}

TEST(M365Recurrence, that_cannot_be_understood_is_refused) {
  const std::pair<const char*, const char*> table[] = {
      {R"({"type": "hourly"})", "recurrence.pattern.type"},
      {R"({"interval": 2})", "recurrence.pattern.type"},
      {R"({"type": 5})", "recurrence.pattern.type"},
      {R"({"type": "daily", "interval": -1})", "recurrence.pattern.interval"},
      {R"({"type": "daily", "interval": 100000})", "recurrence.pattern.interval"},
      {R"({"type": "weekly", "daysOfWeek": ["someday"]})", "recurrence.pattern.daysOfWeek"},
      {R"({"type": "weekly", "daysOfWeek": [1]})", "recurrence.pattern.daysOfWeek"},
      {R"({"type": "weekly", "daysOfWeek": "monday"})", "recurrence.pattern.daysOfWeek"},
      {R"({"type": "weekly", "firstDayOfWeek": "x"})", "recurrence.pattern.firstDayOfWeek"},
      {R"({"type": "absoluteMonthly", "dayOfMonth": 32})", "recurrence.pattern.dayOfMonth"},
      {R"({"type": "absoluteYearly", "month": 13})", "recurrence.pattern.month"},
      {R"({"type": "relativeMonthly", "index": "fifth"})", "recurrence.pattern.index"},
  };
  for (const auto& [pattern, where] : table) {
    const Error error = error_of(series(pattern));
    EXPECT_EQ(error.kind, ErrorKind::malformed);
    EXPECT_NE(error.message.find(where), std::string::npos) << pattern << " gave: " << error.message;
  }
  for (const char* range :
       {R"({"type": "sometimes"})", R"({"type": "endDate", "endDate": "soon"})", R"({"type": "endDate", "endDate": 5})",
        R"({"type": "numbered", "numberOfOccurrences": -3})"}) {
    EXPECT_NE(error_of(series(R"({"type": "daily"})", range)).message.find("recurrence.range."), std::string::npos)
        << range;
  }
}

}  // namespace
}  // namespace calmux::m365
