#include <gmock/gmock.h>

#include "connectors/icalendar/recurs.h"
#include "connectors/time_zone.h"

namespace calmux::icalendar {
namespace {

using namespace std::chrono_literals;
using std::chrono::local_days;
using std::chrono::year_month_day;

DateValue berlin(year_month_day day, std::chrono::seconds time) {
  const auto local = local_days{day} + time;
  return DateValue::zoned(local, "Europe/Berlin", time_zone::to_instant(local, "Europe/Berlin"));
}

bool has(const std::string& rrule, const DateValue& start, const DateValue& id) {
  Event master;
  master.start = start;
  master.recurrence = Recurrence{rrule, {}, {}};
  return recurs(master, std::vector{id}).at(0);
}

TEST(Recurs, dates_of_each_pattern_and_no_others) {
  struct Row {
    const char* rule;
    year_month_day start;
    year_month_day is;
    year_month_day is_not;
  };
  const Row table[] = {
      {"FREQ=DAILY;INTERVAL=3", 2026y / 1 / 1, 2026y / 1 / 7, 2026y / 1 / 8},
      {"FREQ=WEEKLY;BYDAY=MO,WE;WKST=MO", 2026y / 1 / 5, 2030y / 1 / 9, 2026y / 1 / 6},
      {"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", 2026y / 1 / 5, 2026y / 11 / 9, 2026y / 11 / 16},
      {"FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", 2026y / 1 / 31, 2026y / 4 / 30, 2026y / 4 / 29},
      {"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", 2026y / 1 / 30, 2026y / 2 / 27, 2026y / 2 / 28},
      {"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1", 2024y / 2 / 29, 2027y / 2 / 28, 2028y / 2 / 28},
      {"FREQ=YEARLY;BYMONTH=11;BYDAY=TH;BYSETPOS=4", 2026y / 11 / 26, 2027y / 11 / 25, 2027y / 11 / 26},
      {"FREQ=DAILY;COUNT=3", 2026y / 1 / 1, 2026y / 1 / 3, 2026y / 1 / 4},
      {"FREQ=DAILY;UNTIL=20260103T225959Z", 2026y / 1 / 1, 2026y / 1 / 3, 2026y / 1 / 4}};
  for (const Row& row : table) {
    EXPECT_TRUE(has(row.rule, berlin(row.start, 9h), berlin(row.is, 9h))) << row.rule;
    EXPECT_FALSE(has(row.rule, berlin(row.start, 9h), berlin(row.is_not, 9h))) << row.rule;
    EXPECT_FALSE(has(row.rule, berlin(row.start, 9h), berlin(row.is, 10h))) << row.rule;
    const std::string dates = std::string(row.rule).substr(0, std::string(row.rule).find("T2259"));
    EXPECT_TRUE(has(dates, DateValue::date(row.start), DateValue::date(row.is))) << dates;
    EXPECT_FALSE(has(dates, DateValue::date(row.start), DateValue::date(row.is_not))) << dates;
  }
}

TEST(Recurs, the_first_and_added_dates_count_whatever_the_rule_says) {
  Event master;
  master.start = berlin(2026y / 1 / 6, 9h);
  master.recurrence = Recurrence{"FREQ=WEEKLY;BYDAY=MO", {}, {berlin(2026y / 1 / 9, 9h)}};
  EXPECT_THAT(
      recurs(master, std::vector{berlin(2026y / 1 / 6, 9h), berlin(2026y / 1 / 9, 9h), berlin(2026y / 1 / 10, 9h)}),
      testing::ElementsAre(true, true, false));
  master.recurrence->rrule.clear();
  EXPECT_THAT(recurs(master, std::vector{berlin(2026y / 1 / 6, 9h), berlin(2026y / 1 / 13, 9h)}),
              testing::ElementsAre(true, false));
}

TEST(Recurs, a_series_in_utc_is_allowed_the_hour_of_daylight_saving) {
  const auto utc = [](year_month_day day, std::chrono::seconds time) {
    return DateValue::utc(std::chrono::sys_days{day} + time);
  };
  EXPECT_TRUE(has("FREQ=WEEKLY", utc(2026y / 10 / 5, 7h), utc(2026y / 11 / 2, 8h)));
  EXPECT_FALSE(has("FREQ=WEEKLY", utc(2026y / 10 / 5, 7h), utc(2026y / 11 / 2, 9h)));
}

TEST(Recurs, what_cannot_be_told_is_taken_for_there) {
  EXPECT_TRUE(has("FREQ=SOMETIMES", berlin(2026y / 1 / 5, 9h), berlin(2026y / 1 / 6, 9h)));
  EXPECT_TRUE(has("FREQ=SECONDLY", berlin(2026y / 1 / 5, 9h), berlin(2030y / 1 / 6, 9h)));
  EXPECT_TRUE(recurs(Event{}, {}).empty());
}

}  // namespace
}  // namespace calmux::icalendar
