#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>

#include "connectors/icalendar/calendar_object_text.h"
#include "connectors/time_zone.h"
#include "mappings/fields/text_limit.h"

namespace calmux::icalendar {
namespace {

using namespace std::chrono;

constexpr sys_seconds stamp{sys_days{2026y / 1 / 1}};

DateValue zoned(const std::string& zone, local_seconds local) {
  return DateValue::zoned(local, zone, time_zone::to_instant(local, zone));
}

CalendarObject meeting(const std::string& zone = "Europe/Berlin") {
  CalendarObject object;
  object.uid = "calmux-1";
  object.main.title = "Planning";
  object.main.start = zoned(zone, local_days{2026y / 3 / 16} + 9h);
  object.main.end = zoned(zone, local_days{2026y / 3 / 16} + 10h);
  return object;
}

std::string written(const CalendarObject& object) {
  auto text = build(object, stamp);
  EXPECT_TRUE(text) << (text ? "" : text.error().message);
  return text.value_or("");
}

bool has(const std::string& text, const std::string& line) {
  return text.find("\r\n" + line) != std::string::npos;
}

TEST(Build, object_has_what_servers_demand) {
  const std::string text = written(meeting());
  EXPECT_TRUE(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"));
  EXPECT_TRUE(text.ends_with("END:VEVENT\r\nEND:VCALENDAR\r\n"));
  for (const char* const line :
       {"UID:calmux-1\r\n", "DTSTAMP:20260101T000000Z\r\n", "DTSTART;TZID=Europe/Berlin:20260316T090000\r\n",
        "DTEND;TZID=Europe/Berlin:20260316T100000\r\n", "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n"}) {
    EXPECT_TRUE(has(text, line)) << line;
  }
}

TEST(Build, forms_of_dates) {
  CalendarObject object = meeting();
  object.main.start = DateValue::date(2026y / 3 / 16);
  object.main.end = DateValue::date(2026y / 3 / 17);
  EXPECT_TRUE(has(written(object), "DTSTART;VALUE=DATE:20260316\r\nDTEND;VALUE=DATE:20260317\r\n"));
  EXPECT_FALSE(has(written(object), "BEGIN:VTIMEZONE"));
  object.main.start = object.main.end = DateValue::utc(sys_days{2026y / 3 / 16} + 9h);
  EXPECT_TRUE(has(written(object), "DTSTART:20260316T090000Z\r\nDTEND:20260316T090000Z\r\n"));
  EXPECT_FALSE(has(written(object), "BEGIN:VTIMEZONE"));
  object.main.start = object.main.end = zoned("UTC", local_days{2026y / 3 / 16} + 9h);
  EXPECT_TRUE(has(written(object), "DTSTART:20260316T090000Z\r\n"));
}

TEST(Build, the_second_of_two_equal_wall_times_is_written_in_utc) {
  CalendarObject object = meeting();
  const sys_seconds second = sys_days{2026y / 10 / 25} + 1h + 30min;
  object.main.start = DateValue::zoned(local_days{2026y / 10 / 25} + 2h + 30min, "Europe/Berlin", second);
  object.main.end = DateValue::zoned(local_days{2026y / 10 / 25} + 3h, "Europe/Berlin", second + 30min);
  EXPECT_TRUE(has(written(object), "DTSTART:20261025T013000Z\r\nDTEND:20261025T020000Z\r\n"));
  object.main.start.instant = second - 1h;
  EXPECT_TRUE(has(written(object), "DTSTART;TZID=Europe/Berlin:20261025T023000\r\n"));
}

TEST(Build, dates_of_a_series_take_the_form_of_its_start) {
  CalendarObject object = meeting();
  object.main.recurrence = Recurrence{"FREQ=WEEKLY;UNTIL=20260601",
                                      {DateValue::utc(sys_days{2026y / 3 / 23} + 8h), DateValue::date(2026y / 3 / 30)},
                                      {zoned("America/New_York", local_days{2026y / 4 / 1} + 9h)}};
  Event moved = object.main;
  moved.recurrence.reset();
  moved.recurrence_id = DateValue::utc(sys_days{2026y / 4 / 6} + 7h);
  object.overrides = {moved};
  const std::string text = written(object);
  for (const char* const line :
       {"RRULE:FREQ=WEEKLY;UNTIL=20260601T215959Z\r\n", "EXDATE;TZID=Europe/Berlin:20260323T090000\r\n",
        "EXDATE;TZID=Europe/Berlin:20260330T090000\r\n", "RDATE;TZID=Europe/Berlin:20260401T150000\r\n",
        "RECURRENCE-ID;TZID=Europe/Berlin:20260406T090000\r\n"}) {
    EXPECT_TRUE(has(text, line)) << line << text;
  }
  EXPECT_FALSE(has(text, "TZID:America/New_York"));
}

TEST(Build, all_day_series_has_dates_everywhere) {
  CalendarObject object = meeting();
  object.main.start = DateValue::date(2026y / 3 / 16);
  object.main.end = DateValue::date(2026y / 3 / 17);
  object.main.recurrence =
      Recurrence{"FREQ=DAILY;UNTIL=20260401T000000Z", {DateValue::utc(sys_days{2026y / 3 / 18})}, {}};
  const std::string text = written(object);
  EXPECT_TRUE(has(text, "RRULE:FREQ=DAILY;UNTIL=20260401\r\n"));
  EXPECT_TRUE(has(text, "EXDATE;VALUE=DATE:20260318\r\n"));
}

TEST(Build, texts_are_escaped_and_lines_folded) {
  CalendarObject object = meeting();
  object.main.title = "a,b;c\\d\r\ne\x01";
  object.main.text = "one\r\ntwo, \"three\"; \\n";
  for (int i = 0; i < 300; ++i) object.main.location += "€";
  object.main.categories = {"x,y", "z;\\"};
  const std::string text = written(object);
  EXPECT_TRUE(has(text, "SUMMARY:a\\,b\\;c\\\\d e\r\n"));
  EXPECT_TRUE(has(text, "DESCRIPTION:one\\ntwo\\, \"three\"\\; \\\\n\r\n"));
  EXPECT_TRUE(has(text, "CATEGORIES:x\\,y,z\\;\\\\\r\n"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    ASSERT_TRUE(line.ends_with('\r'));
    line.pop_back();
    EXPECT_LE(line.size(), 75U);
    EXPECT_EQ(fields::clean(line), line) << "a fold splits a character";
  }
}

TEST(Build, nothing_of_an_event_can_add_a_line) {
  CalendarObject object = meeting();
  Event& event = object.main;
  const std::string evil = "x\r\nATTENDEE:mailto:a@example.org\r\n\nORGANIZER:mailto:b@example.org\rMETHOD:REQUEST";
  event.title = event.text = event.html = event.location = event.join_link = event.web_link = evil;
  event.categories = {evil};
  event.organizer = Person{evil, evil, evil, evil};
  event.people = {*event.organizer};
  object.uid = evil;
  const std::string text = written(object);
  for (const char* const name : {"ATTENDEE", "ORGANIZER", "METHOD", "CONTACT"}) {
    for (const char* const end : {":", ";"}) EXPECT_FALSE(has(text, std::string(name) + end)) << name;
  }
}

TEST(Build, what_cannot_be_written_is_refused) {
  CalendarObject object = meeting();
  object.main.recurrence = Recurrence{"FREQ=SOMETIMES", {}, {}};
  EXPECT_EQ(build(object, stamp).error().kind, ErrorKind::internal);
  object = meeting();
  object.main.start.tzid = object.main.end.tzid = "Mars/Olympus";
  EXPECT_EQ(build(object, stamp).error().kind, ErrorKind::unplaceable);
  object = meeting();
  object.main.start = object.main.end = DateValue::utc(sys_days{year{12000} / 1 / 1});
  EXPECT_EQ(build(object, stamp).error().kind, ErrorKind::unplaceable);
}

TEST(Build, large_events_stay_bounded) {
  CalendarObject object = meeting();
  object.main.title = object.main.text = object.main.html = object.main.location = std::string(3'000'000, 'x');
  object.main.people.assign(5000, Person{"Somebody", "somebody@example.org", "required", "accepted"});
  object.main.categories.assign(5000, "category");
  EXPECT_LT(written(object).size(), 56U * 1024);
}

TEST(Build, same_object_gives_the_same_text_from_every_thread) {
  const std::string expected = written(meeting("America/Chicago"));
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&expected, thread] {
      const char* const zones[] = {"Asia/Tokyo", "Africa/Cairo", "America/Havana", "Europe/Lisbon"};
      for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(build(meeting("America/Chicago"), stamp).value_or(""), expected);
        EXPECT_TRUE(build(meeting(zones[(thread + i) % 4]), stamp));
      }
    });
  }
}

CalendarObject random_meeting(std::mt19937& random) {
  const char* const zones[] = {"Europe/Berlin",     "Europe/Dublin",    "America/New_York", "America/Mexico_City",
                               "America/Asuncion",  "America/Nuuk",     "America/Havana",   "America/St_Johns",
                               "Africa/Casablanca", "Africa/Cairo",     "Asia/Gaza",        "Asia/Almaty",
                               "Asia/Kolkata",      "Asia/Tehran",      "Asia/Jerusalem",   "Australia/Lord_Howe",
                               "Pacific/Chatham",   "Pacific/Apia",     "Pacific/Norfolk",  "Atlantic/Azores",
                               "Antarctica/Troll",  "America/Santiago", "Asia/Pyongyang",   "Etc/GMT+2"};
  const auto pick = [&random](int below) { return std::uniform_int_distribution(0, below - 1)(random); };
  const sys_seconds from{sys_days{1971y / 1 / 1} + minutes(pick(88 * 365 * 24 * 60))};
  const std::string zone = zones[static_cast<std::size_t>(pick(std::size(zones)))];
  CalendarObject object = meeting();
  const auto place = [&](sys_seconds at) { return zoned(zone, time_zone::to_local(at, zone)); };
  object.main.start = place(from);
  object.main.end = place(from + minutes(pick(5000)));
  if (object.main.end.instant < object.main.start.instant) object.main.end = object.main.start;
  return object;
}

TEST(Build, what_was_written_means_the_same_when_read_back) {
  std::mt19937 random(20260316);
  for (int i = 0; i < 4000; ++i) {
    const CalendarObject object = random_meeting(random);
    std::string text = written(object);
    const auto events = read(text);
    ASSERT_TRUE(events) << events.error().message << text;
    EXPECT_EQ(events->front().start, object.main.start);
    EXPECT_EQ(events->front().end, object.main.end);
    if (i % 8 != 0) continue;
    // Under a name that nobody knows a reader has nothing but our VTIMEZONE.
    const std::string zone = object.main.start.tzid;
    for (auto at = text.find(zone); at != std::string::npos; at = text.find(zone, at))
      text.replace(at, zone.size(), "Q");
    const auto by_body = read(text);
    ASSERT_TRUE(by_body) << by_body.error().message << text;
    EXPECT_EQ(by_body->front().start, DateValue::utc(object.main.start.instant)) << text;
    EXPECT_EQ(by_body->front().end, DateValue::utc(object.main.end.instant)) << text;
    EXPECT_EQ(by_body->front().warnings.size(), 1U);
  }
}

TEST(Build, another_library_reads_the_same_instants) {
  if (std::system("/usr/bin/python3 -c 'import icalendar, dateutil, zoneinfo' 2>/dev/null") != 0) {
    GTEST_SKIP() << "python3-icalendar and python3-dateutil are not installed";
  }
  const auto folder = std::filesystem::temp_directory_path() / ("calmux-instants-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::mt19937 random(7);
  std::vector<CalendarObject> objects;
  {
    std::ofstream out(folder / "in", std::ios::binary);
    for (int i = 0; i < 300; ++i) {
      objects.push_back(random_meeting(random));
      out << "OBJECT\n" << written(objects.back());
    }
  }
  const std::string command = "/usr/bin/python3 '" CALMUX_TEST_DATA "/../support/calendar_instants.py' <'" +
                              (folder / "in").string() + "' >'" + (folder / "out").string() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  std::ifstream in(folder / "out");
  for (const CalendarObject& object : objects) {
    long long start = 0, end = 0, start_by_machine = 0, end_by_machine = 0;
    ASSERT_TRUE(in >> start >> end >> start_by_machine >> end_by_machine);
    const Event& event = object.main;
    EXPECT_EQ(start_by_machine, event.start.instant.time_since_epoch().count()) << event.start.tzid;
    EXPECT_EQ(end_by_machine, event.end.instant.time_since_epoch().count()) << event.start.tzid;
    EXPECT_EQ(start, event.start.instant.time_since_epoch().count()) << event.start.tzid;
    EXPECT_EQ(end, event.end.instant.time_since_epoch().count()) << event.start.tzid;
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace calmux::icalendar
