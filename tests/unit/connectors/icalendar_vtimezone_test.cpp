#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

#include "connectors/icalendar/libical.h"
#include "connectors/icalendar/vtimezone.h"
#include "connectors/time_zone.h"
#include "connectors/time_zone_database.h"

namespace calmux::icalendar {
namespace {

using namespace std::chrono;

constexpr sys_seconds start_of(int y) {
  return sys_days{year{y} / 1 / 1};
}

/// A VTIMEZONE as a reader that has no zone data of its own understands it.
class Reader {
 public:
  explicit Reader(const std::string& text) {
    warm_up_libical();
    ComponentPtr component(icalparser_parse_string(text.c_str()));
    if (component && icaltimezone_set_component(zone_.get(), component.get()) != 0) {
      static_cast<void>(component.release());
    }
  }

  seconds offset_at(sys_seconds instant) const {
    const auto day = floor<days>(instant);
    const year_month_day date{day};
    const auto second = static_cast<int>((instant - day).count());
    icaltimetype time = icaltime_null_time();
    time.year = static_cast<int>(date.year());
    time.month = static_cast<int>(static_cast<unsigned>(date.month()));
    time.day = static_cast<int>(static_cast<unsigned>(date.day()));
    time.hour = second / 3600;
    time.minute = second / 60 % 60;
    time.second = second % 60;
    time.zone = icaltimezone_get_utc_timezone();
    int is_daylight = 0;
    return seconds(icaltimezone_get_utc_offset_of_utc_time(zone_.get(), &time, &is_daylight));
  }

 private:
  ZonePtr zone_{icaltimezone_new()};
};

/// The first wrong instant from `first` to `last`, looking at both edges and the middle of each period.
std::string first_error(const std::string& tzid, const std::string& text, sys_seconds first, sys_seconds last) {
  const Reader reader(text);
  const time_zone::Zone* const zone = time_zone::find_zone(tzid);
  for (sys_seconds at = first; at <= last;) {
    const time_zone::Period period = zone->period_at(at);
    const sys_seconds end = std::min(period.end, last);
    for (const sys_seconds probe : {at, at + (end - at) / 2, end - seconds(1)}) {
      if (reader.offset_at(probe) != period.offset) {
        return tzid + " at " + std::to_string(probe.time_since_epoch().count()) + " is " +
               std::to_string(period.offset.count()) + ", read as " + std::to_string(reader.offset_at(probe).count()) +
               "\n" + text;
      }
    }
    if (period.end > last) break;
    at = period.end;
  }
  return {};
}

/// Every zone that a Windows name can mean anywhere, and the odd ones.
std::set<std::string> zones() {
  std::set<std::string> names{"Africa/Casablanca", "Africa/El_Aaiun",  "America/Nuuk",     "America/Asuncion",
                              "Asia/Gaza",         "Antarctica/Troll", "Africa/Monrovia",  "America/Havana",
                              "Pacific/Apia",      "Asia/Pyongyang",   "Europe/Volgograd", "Pacific/Norfolk"};
  std::ifstream file("/usr/share/unicode/cldr/common/supplemental/windowsZones.xml");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::string mark = " type=\"";
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
    at += mark.size();
    std::istringstream list(text.substr(at, text.find('"', at) - at));
    for (std::string name; list >> name;) {
      if (time_zone::find_zone(name) != nullptr) names.insert(name);
    }
  }
  return names;
}

TEST(VTimeZone, series_from_any_year_on_are_right_until_2060) {
  const auto names = zones();
  EXPECT_GT(names.size(), 12U);
  for (const std::string& tzid : names) {
    for (const int y : {1970, 1985, 2000, 2015, 2026, 2040}) {
      const std::string text = vtimezone(tzid, start_of(y), std::nullopt);
      EXPECT_EQ(first_error(tzid, text, start_of(y), start_of(2060)), "");
    }
  }
}

TEST(VTimeZone, single_events_are_right_and_small) {
  std::size_t longest = 0;
  for (const std::string& tzid : zones()) {
    for (int y = 1960; y < 2060; y += 3) {
      const sys_seconds at = start_of(y) + hours(24 * 200);
      const std::string text = vtimezone(tzid, at, at + hours(30));
      EXPECT_EQ(first_error(tzid, text, at, at + hours(30)), "");
      if (y > 2000) longest = std::max(longest, text.size());
    }
  }
  EXPECT_LT(longest, 1200U);
}

TEST(VTimeZone, current_rule_of_berlin_is_two_lines_of_rule) {
  const std::string text = vtimezone("Europe/Berlin", start_of(2026), std::nullopt);
  EXPECT_EQ(text, vtimezone("Europe/Berlin", start_of(2050), start_of(2051)));
  EXPECT_NE(text.find("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"), std::string::npos);
  EXPECT_NE(text.find("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n"), std::string::npos);
  EXPECT_LT(text.size(), 450U);
}

TEST(VTimeZone, daylight_is_ahead_of_standard_where_zone_data_has_it_the_other_way) {
  const std::string text = vtimezone("Europe/Dublin", start_of(2026), std::nullopt);
  const auto daylight = text.find("BEGIN:DAYLIGHT");
  ASSERT_NE(daylight, std::string::npos);
  EXPECT_NE(text.find("TZOFFSETTO:+0100", daylight), std::string::npos);
  EXPECT_LT(text.find("TZOFFSETTO:+0100", daylight), text.find("END:DAYLIGHT"));
}

TEST(VTimeZone, zone_without_changes_is_one_standard) {
  const std::string text = vtimezone("Asia/Kolkata", start_of(2026), std::nullopt);
  EXPECT_EQ(text.find("DAYLIGHT"), std::string::npos);
  EXPECT_EQ(text.find("RRULE"), std::string::npos);
}

TEST(VTimeZone, unknown_zone_has_none) {
  EXPECT_EQ(vtimezone("Mars/Olympus", start_of(2026), std::nullopt), "");
  EXPECT_EQ(vtimezone("../Europe/Berlin", start_of(2026), std::nullopt), "");
}

}  // namespace
}  // namespace calmux::icalendar
