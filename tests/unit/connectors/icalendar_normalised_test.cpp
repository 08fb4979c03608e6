#include <gtest/gtest.h>

#include <string>

#include "connectors/icalendar/calendar_object_text.h"

namespace calmux::icalendar {
namespace {

using namespace std::chrono;

std::string object(const std::string& lines, const std::string& head = "") {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + head + "BEGIN:VEVENT\r\nUID:u\r\nDTSTART:20260316T090000Z\r\n" + lines +
         "END:VEVENT\r\nEND:VCALENDAR\r\n";
}

std::string normal(const std::string& text) {
  const auto result = normalised(text);
  EXPECT_TRUE(result) << (result ? "" : result.error().message) << text;
  return result.value_or("");
}

TEST(Normalised, what_servers_rewrite_does_not_count) {
  const std::pair<std::string, std::string> table[] = {
      {object("SUMMARY:a\r\nLOCATION:b\r\n"), object("LOCATION:b\r\nSUMMARY:a\r\n")},
      {object("SUMMARY:abcdef\r\n"), object("SUMMARY:abc\r\n def\r\n")},
      {object("SUMMARY:abcdef\r\n"), object("SUMMARY:abc\n\tdef\n")},
      {object("CATEGORIES:a,b\\,c\r\n"), object("CATEGORIES:b\\,c\r\nCATEGORIES:a\r\n")},
      {object(""), object("DTSTAMP:20260101T000000Z\r\nDTSTAMP:20260102T000000Z\r\nSEQUENCE:4\r\n")},
      {object(""), object("CREATED:20260101T000000Z\r\nLAST-MODIFIED:20260101T000000Z\r\n")},
      {object(""), object("CLASS:PUBLIC\r\nTRANSP:OPAQUE\r\nPRIORITY:0\r\n")},
      {object(""), object("X-LIC-ERROR;X-LIC-ERRORTYPE=VALUE-PARSE-ERROR:x\r\n", "PRODID:y\r\nX-WR-CALNAME:z\r\n")},
      {object("LOCATION:\r\n"), object("")},
      {object("", "BEGIN:VTIMEZONE\r\nTZID:X\r\nEND:VTIMEZONE\r\n"), object("")},
      {object("EXDATE:20260101T000000Z,20260102T000000Z\r\n"),
       object("EXDATE:20260102T000000Z\r\nEXDATE;VALUE=DATE-TIME:20260101T000000Z\r\n")},
      {object("RRULE:FREQ=WEEKLY;BYDAY=MO,TU;INTERVAL=1\r\n"), object("RRULE:BYDAY=TU,MO;FREQ=WEEKLY;WKST=MO\r\n")},
      {object("DTEND;TZID=Europe/Berlin:20260316T100000\r\n"),
       object(
           "DTEND;X-VOBJ-ORIGINAL-TZID=x;TZID=\"/freeassociation.sourceforge.net/Europe/Berlin\":20260316T100000\r\n")},
      {object("DTEND;TZID=UTC:20260316T100000\r\n"), object("DTEND:20260316T100000Z\r\n")},
      {object("CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL=Join:https://x/a,b\r\n"),
       object("CONFERENCE;LABEL=\"Join\";FEATURE=VIDEO:https://x/a\\,b\r\n")},
      {object("BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT1440M\r\nEND:VALARM\r\n"),
       object("BEGIN:VALARM\r\nTRIGGER;RELATED=START:-P1D\r\nUID:a\r\nACTION:display\r\nEND:VALARM\r\n")},
      {object("DESCRIPTION:a\\nb\r\n"), object("DESCRIPTION:a\\Nb\r\n")},
  };
  for (const auto& [one, other] : table) EXPECT_EQ(normal(one), normal(other)) << other;
}

TEST(Normalised, what_readers_see_counts) {
  const std::string other[] = {
      object("SUMMARY:a\r\n"),
      object("SUMMARY:b\r\n"),
      object("DTEND:20260316T100000Z\r\n"),
      object("DTEND;TZID=Europe/Berlin:20260316T100000\r\n"),
      object("DTEND;TZID=Europe/London:20260316T100000\r\n"),
      object("DTEND;VALUE=DATE:20260316\r\n"),
      object("CLASS:PRIVATE\r\n"),
      object("TRANSP:TRANSPARENT\r\n"),
      object("CATEGORIES:a,b\r\n"),
      object("CATEGORIES:a\\,b\r\n"),
      object("RRULE:FREQ=DAILY\r\n"),
      object("RRULE:FREQ=DAILY;INTERVAL=2\r\n"),
      object("EXDATE:20260317T090000Z\r\n"),
      object("BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n"),
      object("BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT30M\r\nEND:VALARM\r\n"),
      object("DESCRIPTION:a\\nb\r\n"),
      object("DESCRIPTION:a\\\\nb\r\n"),
      object("X-ALT-DESC;FMTTYPE=text/html:<p>\r\n"),
      object("BEGIN:VALARM\r\nEND:VALARM\r\n"),
      object(""),
  };
  for (const std::string& one : other) {
    for (const std::string& another : other) {
      if (&one != &another) {
        EXPECT_NE(normal(one), normal(another)) << one << another;
      }
    }
  }
}

TEST(Normalised, what_does_not_parse_is_malformed) {
  for (const char* const text : {"", "x", "BEGIN:VCALENDAR\r\n", "BEGIN:VEVENT\r\nEND:VEVENT\r\n", "<html></html>",
                                 "END:VCALENDAR\r\n", "BEGIN:VCALENDAR\r\nno line\r\nEND:VCALENDAR\r\n"}) {
    const auto result = normalised(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().kind, ErrorKind::malformed) << text;
  }
}

TEST(Normalised, large_bodies_take_little_time) {
  std::string lines;
  for (int i = 0; i < 20000; ++i) lines += "EXDATE:20260101T000000Z,20260102T000000Z\r\n";
  const auto start = steady_clock::now();
  EXPECT_TRUE(normalised(object(lines)));
  EXPECT_TRUE(normalised(object("DESCRIPTION:" + std::string(1000000, '\\') + "\r\n")));
  EXPECT_LT(steady_clock::now() - start, 5s);
}

}  // namespace
}  // namespace calmux::icalendar
