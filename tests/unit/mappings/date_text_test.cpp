#include "mappings/date_text.h"

#include <gtest/gtest.h>

namespace calmux {
namespace {

using namespace std::chrono_literals;
using std::chrono::local_days;
using std::chrono::sys_days;

TEST(DateText, writes_dates_instants_and_zoned_times_as_operators_read_them) {
  EXPECT_EQ(to_text(DateValue::date(2026y / 8 / 10)), "2026-08-10");
  EXPECT_EQ(to_text(DateValue::utc(sys_days{2026y / 8 / 10} + 7h)), "2026-08-10T07:00:00Z");
  const auto zoned =
      DateValue::zoned(local_days{2026y / 8 / 10} + 9h, "Europe/Amsterdam", sys_days{2026y / 8 / 10} + 7h);
  EXPECT_EQ(to_text(zoned), "2026-08-10T09:00:00+02:00[Europe/Amsterdam]");
  EXPECT_EQ(visible_text(zoned), "2026-08-10T09:00:00[Europe/Amsterdam]");
}

TEST(DateText, reads_back_what_it_wrote) {
  const DateValue values[] = {
      DateValue::date(2026y / 8 / 10),
      DateValue::utc(sys_days{1970y / 1 / 1}),
      DateValue::utc(sys_days{1604y / 2 / 29} + 23h + 59min + 59s),
      DateValue::zoned(local_days{1890y / 1 / 1}, "Europe/Amsterdam", sys_days{1889y / 12 / 31} + 23h + 40min + 28s),
      DateValue::zoned(local_days{2026y / 1 / 1}, "America/St_Johns", sys_days{2026y / 1 / 1} + 3h + 30min),
      DateValue::zoned(local_days{9999y / 12 / 31}, "Etc/GMT+12", sys_days{std::chrono::year{10000} / 1 / 1} - 12h),
  };
  for (const auto& value : values) EXPECT_EQ(date_value_from_text(to_text(value)), value) << to_text(value);
}

TEST(DateText, refuses_what_it_never_writes) {
  for (const char* text :
       {"", "2026", "2026-08", "2026-13-01", "2026-02-30", "2026-08-10T", "2026-08-10T09:00", "2026-08-10T24:00:00Z",
        "2026-08-10T09:00:00", "2026-08-10T09:00:00Zx", "2026-08-10T09:00:00+02:00", "2026-08-10T09:00:00+02:00[",
        "2026-08-10T09:00:00+02:00[]", "2026-08-10T09:00:00+2[X]", " 2026-08-10", "40066-02-25"}) {
    EXPECT_FALSE(date_value_from_text(text)) << text;
  }
}

TEST(DateText, keeps_microseconds_of_source_times) {
  const SourceTime time = sys_days{2024y / 10 / 4} + 22h + 35min + 49s + 560688us;
  EXPECT_EQ(to_text(time), "2024-10-04T22:35:49.560688Z");
  EXPECT_EQ(source_time_from_text("2024-10-04T22:35:49.560688Z"), time);
  EXPECT_EQ(to_text(SourceTime{sys_days{2024y / 10 / 4}}), "2024-10-04T00:00:00Z");
  EXPECT_EQ(source_time_from_text(to_text(SourceTime{-1us})), SourceTime{-1us});
  for (const char* text : {"", "2024-10-04", "2024-10-04T00:00:00", "2024-10-04T00:00:00.1Z"}) {
    EXPECT_FALSE(source_time_from_text(text)) << text;
  }
}

}  // namespace
}  // namespace calmux
