#include "connectors/time_zone.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "connectors/time_zone_database.h"

namespace calmux::time_zone {
namespace {

using namespace std::chrono;

local_seconds wall(int y, unsigned m, unsigned d, int hour, int minute = 0) {
  return local_days{year{y} / month{m} / day{d}} + hours(hour) + minutes(minute);
}

sys_seconds utc(int y, unsigned m, unsigned d, int hour, int minute = 0) {
  return sys_days{year{y} / month{m} / day{d}} + hours(hour) + minutes(minute);
}

TEST(TimeZoneNames, what_senders_write_resolves) {
  const std::pair<const char*, const char*> table[] = {
      {"Europe/Berlin", "Europe/Berlin"},
      {"europe/berlin", "Europe/Berlin"},
      {"America/New York", "America/New_York"},
      {"america/argentina/buenos_aires", "America/Argentina/Buenos_Aires"},
      {"US/Eastern", "US/Eastern"},
      {"Asia/Calcutta", "Asia/Calcutta"},
      {"Europe/Kyiv (Kiev)", "Europe/Kyiv"},
      {"W. Europe Standard Time", "Europe/Berlin"},
      {"w. EUROPE standard time", "Europe/Berlin"},
      {"\"W. Europe Standard Time\"", "Europe/Berlin"},
      {"  W. Europe  Standard Time ", "Europe/Berlin"},
      {"W._Europe_Standard_Time", "Europe/Berlin"},
      {"Pacific Standard Time (Mexico)", "America/Tijuana"},
      {"Greenwich Standard Time", "Atlantic/Reykjavik"},
      {"GMT Standard Time", "Europe/London"},
      {"Mid-Atlantic Standard Time", "Etc/GMT+2"},
      {"Kamchatka Standard Time", "Asia/Kamchatka"},
      {"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"},
      {"(GMT+01.00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"},
      {"(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"},
      {"Eastern Time (US & Canada)", "America/New_York"},
      {"(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius", "Europe/Kiev"},
      {"(UTC) Coordinated Universal Time", "UTC"},
      {"Coordinated Universal Time", "UTC"},
      {"tzone://Microsoft/Utc", "UTC"},
      {"GMT", "UTC"},
      {"Etc/UTC", "UTC"},
      {"utc", "UTC"},
      {"UTC", "UTC"},
      {"Z", "UTC"},
      {"Etc/GMT-14", "Etc/GMT-14"},
      {"UTC-11", "Etc/GMT+11"},
  };
  for (const auto& [name, zone] : table) EXPECT_EQ(resolve(name), std::string(zone)) << name;
}

TEST(TimeZoneNames, what_names_no_zone_is_refused) {
  const char* const table[] = {"",
                               " ",
                               "\"\"",
                               "_",
                               "Customized Time Zone",
                               "tzone://Microsoft/Custom",
                               "Mars/Olympus_Mons",
                               "Europe",
                               "Europe/",
                               "/Europe/Berlin",
                               "/etc/passwd",
                               "../Europe/Berlin",
                               "Europe/../Europe/Berlin",
                               "\"/Europe/Berlin\"",
                               "Europe\\Berlin",
                               "Europe/Berlin\r\nX:1",
                               "posixrules",
                               "localtime",
                               "Factory",
                               "tzdata.zi",
                               "zone.tab",
                               "posix/Europe/Berlin",
                               "right/Europe/Berlin",
                               "(UTC+01:00)",
                               "(UTC+01:00) Nowhere",
                               "Europe/Berlinn"};
  for (const char* const name : table) EXPECT_EQ(resolve(name), std::nullopt) << name;
  EXPECT_EQ(resolve(std::string(5000, 'E')), std::nullopt);
  EXPECT_EQ(resolve(std::string_view("Europe/Berlin\0", 14)), std::nullopt);
}

TEST(TimeZoneNames, every_windows_name_leads_to_a_zone_that_exists) {
  const std::pair<const char*, const char*> table[] = {
#include "connectors/windows_zones.inc"
  };
  EXPECT_GT(std::size(table), 270U);
  for (const auto& [name, zone] : table) {
    EXPECT_EQ(resolve(name), std::string(zone)) << name;
    EXPECT_NE(find_zone(zone), nullptr) << zone;
  }
}

TEST(TimeZoneNames, windows_table_is_what_the_installed_cldr_says) {
  if (!std::filesystem::exists("/usr/share/unicode/cldr/common/supplemental/windowsZones.xml")) {
    GTEST_SKIP() << "unicode-cldr-core is not installed";
  }
  const std::string script = CALMUX_TEST_DATA "/../../connectors/windows_zones.py";
  EXPECT_EQ(std::system(("/usr/bin/python3 '" + script + "' --check").c_str()), 0);
}

TEST(TimeZone, wall_time_becomes_the_instant_that_it_means) {
  EXPECT_EQ(to_instant(wall(2026, 1, 15, 9), "Europe/Berlin"), utc(2026, 1, 15, 8));
  EXPECT_EQ(to_instant(wall(2026, 7, 15, 9), "Europe/Berlin"), utc(2026, 7, 15, 7));
  EXPECT_EQ(to_instant(wall(2026, 7, 15, 9), "Europe/Dublin"), utc(2026, 7, 15, 8));
  EXPECT_EQ(to_instant(wall(2026, 1, 15, 9), "Australia/Lord_Howe"), utc(2026, 1, 14, 22));
  EXPECT_EQ(to_instant(wall(2026, 7, 15, 9), "Australia/Lord_Howe"), utc(2026, 7, 14, 22, 30));
  EXPECT_EQ(to_instant(wall(2026, 7, 15, 9), "Asia/Kolkata"), utc(2026, 7, 15, 3, 30));
  EXPECT_EQ(to_instant(wall(2024, 7, 15, 9), "America/Asuncion"), utc(2024, 7, 15, 13));
  EXPECT_EQ(to_instant(wall(2026, 7, 15, 9), "America/Asuncion"), utc(2026, 7, 15, 12));
  EXPECT_EQ(to_instant(wall(2024, 2, 1, 9), "Asia/Almaty"), utc(2024, 2, 1, 3));
  EXPECT_EQ(to_instant(wall(2024, 4, 1, 9), "Asia/Almaty"), utc(2024, 4, 1, 4));
  EXPECT_EQ(to_instant(wall(2022, 7, 1, 9), "America/Mexico_City"), utc(2022, 7, 1, 14));
  EXPECT_EQ(to_instant(wall(2026, 7, 1, 9), "America/Mexico_City"), utc(2026, 7, 1, 15));
  EXPECT_EQ(to_instant(wall(2026, 7, 1, 9), "UTC"), utc(2026, 7, 1, 9));
  EXPECT_EQ(to_instant(wall(2026, 7, 1, 9), "Etc/GMT+2"), utc(2026, 7, 1, 11));
}

TEST(TimeZone, skipped_time_is_read_with_the_offset_before_the_gap) {
  EXPECT_EQ(to_instant(wall(2026, 3, 29, 2, 30), "Europe/Berlin"), utc(2026, 3, 29, 1, 30));
  EXPECT_EQ(to_instant(wall(2045, 3, 26, 2, 30), "Europe/Berlin"), utc(2045, 3, 26, 1, 30));
  EXPECT_EQ(to_instant(wall(2011, 12, 30, 12), "Pacific/Apia"), utc(2011, 12, 30, 22));
}

TEST(TimeZone, time_that_comes_twice_is_the_first) {
  EXPECT_EQ(to_instant(wall(2026, 10, 25, 2, 30), "Europe/Berlin"), utc(2026, 10, 25, 0, 30));
  EXPECT_EQ(to_instant(wall(2045, 10, 29, 2, 30), "Europe/Berlin"), utc(2045, 10, 29, 0, 30));
}

TEST(TimeZone, daylight_saving_goes_on_after_2037) {
  for (int y = 2038; y <= 2060; ++y) {
    EXPECT_EQ(to_instant(wall(y, 7, 15, 9), "Europe/Berlin"), utc(y, 7, 15, 7)) << y;
    EXPECT_EQ(to_instant(wall(y, 1, 15, 9), "Europe/Berlin"), utc(y, 1, 15, 8)) << y;
    EXPECT_EQ(to_instant(wall(y, 7, 15, 9), "America/New_York"), utc(y, 7, 15, 13)) << y;
    EXPECT_EQ(to_instant(wall(y, 1, 15, 9), "Australia/Sydney"), utc(y, 1, 14, 22)) << y;
    EXPECT_EQ(to_instant(wall(y, 7, 15, 9), "Europe/Dublin"), utc(y, 7, 15, 8)) << y;
    EXPECT_EQ(to_local(utc(y, 7, 15, 7), "Europe/Berlin"), wall(y, 7, 15, 9)) << y;
  }
}

TEST(TimeZone, every_instant_survives_the_way_to_wall_time_and_back) {
  for (const char* const zone : {"Europe/Berlin", "Africa/Casablanca", "Africa/Cairo", "America/Nuuk", "Asia/Gaza",
                                 "Australia/Lord_Howe", "Pacific/Apia", "Antarctica/Troll", "Europe/Dublin"}) {
    for (sys_seconds at = utc(1970, 1, 1, 0); at < utc(2060, 1, 1, 0); at += hours(37)) {
      const local_seconds local = to_local(at, zone);
      const sys_seconds back = to_instant(local, zone);
      EXPECT_LE(back, at) << zone;
      EXPECT_EQ(to_local(back, zone), local) << zone;
    }
  }
}

TEST(TimeZone, threads_that_begin_together_agree) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (const char* const zone : {"Asia/Tokyo", "America/Lima", "Africa/Lagos", "Europe/Oslo", "Pacific/Fiji"}) {
        EXPECT_EQ(resolve(zone), std::string(zone));
        EXPECT_EQ(to_local(to_instant(wall(2026, 5, 5, 5), zone), zone), wall(2026, 5, 5, 5));
      }
    });
  }
}

TEST(TimeZoneRule, footers_parse) {
  const auto dublin = parse_rule("IST-1GMT0,M10.5.0,M3.5.0/1");
  ASSERT_TRUE(dublin);
  EXPECT_EQ(dublin->standard_offset, hours(1));
  EXPECT_EQ(dublin->daylight_offset, hours(0));
  const auto nuuk = parse_rule("<-02>2<-01>,M3.5.0/-1,M10.5.0/0");
  ASSERT_TRUE(nuuk);
  EXPECT_EQ(nuuk->to_daylight(year{2026}).at, utc(2026, 3, 29, 1));
  const auto julian = parse_rule("AAA3BBB,J60/0,300");
  ASSERT_TRUE(julian);
  EXPECT_EQ(julian->daylight_begins.in(year{2024}), wall(2024, 3, 1, 0));
  EXPECT_EQ(julian->daylight_begins.in(year{2025}), wall(2025, 3, 1, 0));
  EXPECT_EQ(julian->standard_begins.in(year{2024}), wall(2024, 10, 27, 2));
  ASSERT_TRUE(parse_rule("<+0545>-5:45"));
  EXPECT_EQ(parse_rule("<+0545>-5:45")->standard_offset, hours(5) + minutes(45));
}

TEST(TimeZoneRule, what_is_no_footer_is_refused) {
  for (const char* const text :
       {"", "A", "AB1", "ABC", "<ABC1", "ABC1DEF", "ABC1DEF,", "ABC1DEF,M3.5.0", "ABC1DEF,M13.5.0,M10.5.0",
        "ABC1DEF,M3.6.0,M10.5.0", "ABC1DEF,M3.5.7,M10.5.0", "ABC1DEF,J366,J3", "ABC1DEF,M3.5.0,M10.5.0x"}) {
    EXPECT_FALSE(parse_rule(text)) << text;
  }
}

}  // namespace
}  // namespace calmux::time_zone
