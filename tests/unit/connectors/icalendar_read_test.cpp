#include <gtest/gtest.h>

#include <string>

#include "connectors/icalendar/calendar_object_text.h"
#include "connectors/icalendar/read_date.h"
#include "connectors/time_zone.h"

namespace calmux::icalendar {
namespace {

using namespace std::chrono;

std::string calendar(const std::string& inner, const std::string& head = "") {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\n" + head + inner + "END:VCALENDAR\r\n";
}

std::string event(const std::string& lines) {
  return "BEGIN:VEVENT\r\nUID:u1\r\n" + lines + "END:VEVENT\r\n";
}

constexpr const char* berlin_nine = "DTSTART;TZID=Europe/Berlin:20260316T090000\r\n";

Event only(const std::string& lines) {
  const auto events = read(calendar(event(lines)));
  EXPECT_TRUE(events) << (events ? "" : events.error().message);
  return events && events->size() == 1 ? events->front() : Event{};
}

ErrorKind kind_of(const std::string& text) {
  const auto events = read(text);
  EXPECT_FALSE(events) << text;
  return events ? ErrorKind::internal : events.error().kind;
}

TEST(Read, event_with_all_its_fields) {
  const Event read_event =
      only(std::string(berlin_nine) +
           "DTEND;TZID=Europe/Berlin:20260316T103000\r\n"
           "SUMMARY:a\\, b\\; c\\\\\\nd\r\nDESCRIPTION:long\r\n  text\r\n"
           "X-ALT-DESC;FMTTYPE=text/html:<p>x</p>\r\nLOCATION:Room\r\n"
           "CATEGORIES:a,b\\,c\r\nCATEGORIES:d,a\r\nCLASS:CONFIDENTIAL\r\nPRIORITY:1\r\n"
           "TRANSP:TRANSPARENT\r\nSTATUS:CANCELLED\r\nURL:https://example.org/e\r\n"
           "CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example.org/1\r\n"
           "ORGANIZER;CN=\"Ada, L.\":mailto:ada@example.org\r\n"
           "ATTENDEE;CN=Bob;ROLE=OPT-PARTICIPANT;PARTSTAT=ACCEPTED:MAILTO:bob@example.org\r\n"
           "ATTENDEE;CUTYPE=ROOM;EMAIL=room@example.org;CN=R:/principals/1/\r\n"
           "CREATED:20260101T000000Z\r\nDTSTAMP:20260102T000000Z\r\nSEQUENCE:3\r\n"
           "BEGIN:VALARM\r\nACTION:EMAIL\r\nTRIGGER:-PT1H\r\nEND:VALARM\r\n"
           "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER;VALUE=DATE-TIME:20260316T000000Z\r\nEND:VALARM\r\n"
           "BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-P1DT15M\r\nEND:VALARM\r\n");
  EXPECT_EQ(read_event.source_event_id, "u1");
  EXPECT_EQ(read_event.uid, "u1");
  EXPECT_EQ(read_event.type, EventType::single);
  EXPECT_EQ(read_event.start.tzid, "Europe/Berlin");
  EXPECT_EQ(read_event.end.instant - read_event.start.instant, 90min);
  EXPECT_EQ(read_event.title, "a, b; c\\\nd");
  EXPECT_EQ(read_event.text, "long text");
  EXPECT_EQ(read_event.html, "<p>x</p>");
  EXPECT_EQ(read_event.categories, (std::vector<std::string>{"a", "b,c", "d"}));
  EXPECT_EQ(read_event.sensitivity, Sensitivity::confidential);
  EXPECT_EQ(read_event.importance, Importance::high);
  EXPECT_EQ(read_event.show_as, ShowAs::free);
  EXPECT_TRUE(read_event.cancelled);
  EXPECT_EQ(read_event.web_link, "https://example.org/e");
  EXPECT_EQ(read_event.join_link, "https://meet.example.org/1");
  EXPECT_EQ(read_event.organizer, (Person{"Ada, L.", "ada@example.org", "", ""}));
  ASSERT_EQ(read_event.people.size(), 2U);
  EXPECT_EQ(read_event.people[0], (Person{"Bob", "bob@example.org", "optional", "accepted"}));
  EXPECT_EQ(read_event.people[1], (Person{"R", "room@example.org", "resource", ""}));
  EXPECT_EQ(read_event.created, SourceTime{sys_days{2026y / 1 / 1}});
  EXPECT_EQ(read_event.last_modified, SourceTime{sys_days{2026y / 1 / 2}});
  EXPECT_EQ(read_event.change_key, "3");
  EXPECT_EQ(read_event.reminder, minutes(1455));
  EXPECT_TRUE(read_event.warnings.empty());
}

TEST(Read, end_is_what_the_event_says_or_what_its_absence_means) {
  const std::pair<std::string, DateValue> table[] = {
      {"DTSTART;VALUE=DATE:20260228\r\n", DateValue::date(2026y / 3 / 1)},
      {"DTSTART:20260228\r\nDTEND:20260228\r\n", DateValue::date(2026y / 3 / 1)},
      {"DTSTART;VALUE=DATE:20260228\r\nDURATION:P1W\r\n", DateValue::date(2026y / 3 / 7)},
      {"DTSTART:20260228T090000Z\r\n", DateValue::utc(sys_days{2026y / 2 / 28} + 9h)},
      {"DTSTART:20260228T090000Z\r\nDURATION:PT1H30M\r\n", DateValue::utc(sys_days{2026y / 2 / 28} + 10h + 30min)},
  };
  for (const auto& [lines, end] : table) EXPECT_EQ(only(lines).end, end) << lines;
  // Over the change to summer time: a day is a day on the wall, 24 hours are 24 hours.
  EXPECT_EQ(only("DTSTART;TZID=Europe/Berlin:20260328T120000\r\nDURATION:P1D\r\n").end.instant,
            sys_days{2026y / 3 / 29} + 10h);
  EXPECT_EQ(only("DTSTART;TZID=Europe/Berlin:20260328T120000\r\nDURATION:PT24H\r\n").end.instant,
            sys_days{2026y / 3 / 29} + 11h);
}

TEST(Read, series_comes_first_and_its_overrides_in_order) {
  const auto events = read(calendar(
      event("RECURRENCE-ID;TZID=Europe/Berlin:20260330T090000\r\nDTSTART;TZID=Europe/Berlin:20260330T110000\r\n") +
      event("RECURRENCE-ID:20260323T080000Z\r\nDTSTART;TZID=Europe/Berlin:20260323T110000\r\n") +
      event(std::string(berlin_nine) + "RRULE:freq=weekly;count=10\r\n"
                                       "EXDATE;TZID=Europe/Berlin:20260406T090000,20260413T090000\r\n"
                                       "EXDATE:20260420T070000Z\r\nRDATE:20260421T070000Z\r\n")));
  ASSERT_TRUE(events) << events.error().message;
  ASSERT_EQ(events->size(), 3U);
  const Event& master = (*events)[0];
  EXPECT_EQ(master.type, EventType::master);
  EXPECT_EQ(master.recurrence->rrule, "FREQ=WEEKLY;COUNT=10");
  EXPECT_EQ(master.recurrence->exdates.size(), 3U);
  EXPECT_EQ(master.recurrence->rdates.size(), 1U);
  EXPECT_EQ((*events)[1].source_event_id, "u1/20260323T080000Z");
  EXPECT_EQ((*events)[2].source_event_id, "u1/20260330T070000Z");
  EXPECT_EQ((*events)[2].series_id, "u1");
  EXPECT_EQ((*events)[2].type, EventType::exception);
}

TEST(Read, override_alone_is_an_exception) {
  const Event found = only(std::string(berlin_nine) + "RECURRENCE-ID;VALUE=DATE:20260316\r\n");
  EXPECT_EQ(found.type, EventType::exception);
  EXPECT_EQ(found.source_event_id, "u1/20260316");
}

TEST(Read, zones_by_whatever_name) {
  for (const char* const tzid :
       {"W. Europe Standard Time", "\"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna\"",
        "/freeassociation.sourceforge.net/Europe/Berlin", "/mozilla.org/20050126_1/Europe/Berlin"}) {
    const Event found = only("DTSTART;TZID=" + std::string(tzid) + ":20260316T090000\r\n");
    EXPECT_EQ(found.start.tzid, "Europe/Berlin") << tzid;
    EXPECT_EQ(found.start.instant, sys_days{2026y / 3 / 16} + 8h) << tzid;
  }
  EXPECT_EQ(only("DTSTART;TZID=UTC:20260316T090000\r\n").start, DateValue::utc(sys_days{2026y / 3 / 16} + 9h));
}

constexpr const char* custom_zone =
    "BEGIN:VTIMEZONE\r\nTZID:Customized Time Zone\r\n"
    "BEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\n"
    "BEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n";

TEST(Read, zone_that_only_the_body_knows_gives_the_instant_and_a_warning) {
  const auto events = read(calendar(event("DTSTART;TZID=Customized Time Zone:20260716T090000\r\n"), custom_zone));
  ASSERT_TRUE(events) << events.error().message;
  EXPECT_EQ(events->front().start, DateValue::utc(sys_days{2026y / 7 / 16} + 7h));
  ASSERT_EQ(events->front().warnings.size(), 1U);
  const auto series =
      read(calendar(event("DTSTART;TZID=Customized Time Zone:20260716T090000\r\nRRULE:FREQ=DAILY\r\n"), custom_zone));
  ASSERT_TRUE(series);
  EXPECT_EQ(series->front().warnings.size(), 2U);
}

TEST(Read, zone_of_the_body_that_is_no_zone_is_not_believed) {
  const std::string start = event("DTSTART;TZID=Q:20260716T090000\r\n");
  for (const char* const rule :
       {"FREQ=SECONDLY", "FREQ=YEARLY;BYHOUR=1,2,3", "FREQ=DAILY", "FREQ=YEARLY;BYDAY=MO", "X"}) {
    EXPECT_EQ(kind_of(calendar(start,
                               "BEGIN:VTIMEZONE\r\nTZID:Q\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
                               "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nRRULE:" +
                                   std::string(rule) + "\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n")),
              ErrorKind::unplaceable)
        << rule;
  }
}

TEST(Read, floating_time_needs_a_zone_of_the_calendar) {
  EXPECT_EQ(kind_of(calendar(event("DTSTART:20260316T090000\r\n"))), ErrorKind::unplaceable);
  const auto events = read(calendar(event("DTSTART:20260316T090000\r\n"), "X-WR-TIMEZONE:Europe/Berlin\r\n"));
  ASSERT_TRUE(events);
  EXPECT_EQ(events->front().start.instant, sys_days{2026y / 3 / 16} + 8h);
}

TEST(Read, what_has_no_certain_time_is_unplaceable) {
  for (const char* const lines :
       {"SUMMARY:x\r\n", "DTSTART;TZID=Mars/Olympus:20260316T090000\r\n", "DTSTART;TZID=../etc:20260316T090000\r\n",
        "DTSTART:20260316T090000Z\r\nDTEND:20260316T080000Z\r\n", "DTSTART:20260316T090000Z\r\nDURATION:-PT1H\r\n"}) {
    EXPECT_EQ(kind_of(calendar(event(lines))), ErrorKind::unplaceable) << lines;
  }
}

TEST(Read, what_is_no_calendar_object_is_malformed) {
  const std::string good = event(berlin_nine);
  const std::string table[] = {
      "",
      "hello",
      "BEGIN:VCALENDAR\r\n",
      good,
      calendar(""),
      calendar("BEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\n"),
      calendar(good + "BEGIN:VTODO\r\nUID:u1\r\nEND:VTODO\r\n"),
      calendar(good) + calendar(good),
      calendar(good + good),
      calendar(good + "BEGIN:VEVENT\r\nUID:u2\r\nDTSTART:20260101\r\nEND:VEVENT\r\n"),
      calendar("BEGIN:VEVENT\r\nDTSTART:20260101\r\nEND:VEVENT\r\n"),
      calendar("BEGIN:VEVENT\r\nUID:u1\r\nEND:VALARM\r\n"),
      calendar(event("DTSTART:garbage\r\n")),
      calendar(event("DTSTART:20260231\r\n")),
      calendar(event("DTSTART:20260301T250000Z\r\n")),
      calendar(event("DTSTART:20260301\r\nDTEND:20260301T100000Z\r\n")),
      calendar(event("DTSTART:20260301T090000Z\r\nDURATION:1H\r\n")),
      calendar(event("DTSTART:20260301T090000Z\r\nEXDATE:soon\r\n")),
      calendar(event("DTSTART:20260301T090000Z\r\nno content line\r\n")),
      calendar(event("DTSTART:20260301T090000Z\r\nSUMMARY:a\0b\r\n")).append(1, '\0'),
  };
  for (const std::string& text : table) EXPECT_EQ(kind_of(text), ErrorKind::malformed) << text;
}

TEST(Read, rules_that_cost_or_say_nothing_are_refused) {
  for (const char* const rule : {"FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=HOURLY;COUNT=2", "FREQ=DAILY;BYHOUR=1,2",
                                 "FREQ=DAILY;BYSECOND=0,30", "COUNT=3", "FREQ=NEVER", "FREQ=DAILY;UNTIL=soon"}) {
    EXPECT_EQ(kind_of(calendar(event(std::string(berlin_nine) + "RRULE:" + rule + "\r\n"))), ErrorKind::malformed)
        << rule;
  }
  EXPECT_EQ(kind_of(calendar(event(std::string(berlin_nine) + "RRULE:FREQ=DAILY\r\nRRULE:FREQ=WEEKLY\r\n"))),
            ErrorKind::malformed);
}

TEST(Read, sloppy_senders_are_understood) {
  const auto events = read(
      "\xEF\xBB\xBF\nBEGIN:vcalendar\nMETHOD:PUBLISH\nbegin:VEVENT\nuid:u1\ndtstart:20260316T090000Z\n"
      "DESCRIPTION:\nLOCATION:\nGEO:nonsense\nX-THING;A=\"b;c:d\":e\nSUMMARY;LANGUAGE=en:a\n  "
      "b\nEND:VEVENT\nEND:VCALENDAR");
  ASSERT_TRUE(events) << events.error().message;
  EXPECT_EQ(events->front().title, "a b");
}

TEST(Read, large_and_deep_bodies_are_refused) {
  EXPECT_EQ(kind_of(calendar(event("DTSTART:20260101\r\nX-A:" + std::string(1 << 20, 'x') + "\r\n"))),
            ErrorKind::too_large);
  std::string many;
  for (int i = 0; i < 2001; ++i) many += event("DTSTART:20260101\r\n");
  EXPECT_EQ(kind_of(calendar(many)), ErrorKind::too_large);
  std::string deep;
  for (int i = 0; i < 20; ++i) deep += "BEGIN:X\r\n";
  EXPECT_EQ(kind_of(deep), ErrorKind::too_large);
}

TEST(Read, many_dates_in_a_zone_of_the_body_take_little_time) {
  std::string lines = "DTSTART;TZID=Customized Time Zone:20260716T090000\r\nRRULE:FREQ=DAILY\r\n";
  for (int i = 0; i < 9000; ++i) lines += "EXDATE;TZID=Customized Time Zone:20260717T090000\r\n";
  const auto start = steady_clock::now();
  EXPECT_TRUE(read(calendar(event(lines), custom_zone)));
  EXPECT_LT(steady_clock::now() - start, 3s);
}

TEST(Read, truncated_and_changed_bodies_never_do_harm) {
  const std::string text = calendar(event("DTSTART;TZID=Customized Time Zone:20260716T090000\r\nRRULE:FREQ=DAILY\r\n"
                                          "EXDATE:20260717T070000Z\r\nBEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-PT5M\r\n"
                                          "END:VALARM\r\n"),
                                    custom_zone);
  for (std::size_t at = 0; at < text.size(); ++at) {
    static_cast<void>(read(text.substr(0, at)));
    std::string changed = text;
    changed[at] = ";:\n\"9\xFF,"[at % 7];
    static_cast<void>(read(changed));
    static_cast<void>(normalised(changed));
  }
}

TEST(Read, what_calmux_wrote_is_recognised) {
  CalendarObject object;
  object.uid = "calmux-1";
  object.main.start = object.main.end = DateValue::utc(sys_days{2026y / 3 / 16});
  EXPECT_TRUE(is_ours(*build(object, {})));
  EXPECT_FALSE(is_ours(calendar(event(berlin_nine))));
  EXPECT_FALSE(is_ours("X-CALMUX-ORIGIN:1"));
}

TEST(ReadDate, durations) {
  const std::pair<const char*, seconds> table[] = {
      {"PT15M", 15min}, {"-PT15M", -15min}, {"P1W", 168h}, {"P1DT2H3M4S", 26h + 3min + 4s}, {"+PT0S", 0s}};
  for (const auto& [text, length] : table) {
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->days + parsed->time, length) << text;
  }
  for (const char* const text : {"", "P", "PT", "15M", "P15M", "PT1D", "PT1", "PTM", "P-1D", "PT999999999S"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

}  // namespace
}  // namespace calmux::icalendar
