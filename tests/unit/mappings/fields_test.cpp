#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "mappings/fields/event_properties.h"
#include "mappings/fields/origin.h"
#include "mappings/fields/text_limit.h"
#include "mappings/fields/uri.h"

namespace calmux::fields {
namespace {

using namespace std::chrono;

constexpr sys_seconds stamp{sys_days{2026y / 1 / 1}};

Event timed_event() {
  Event event;
  event.start = DateValue::utc(sys_days{2026y / 3 / 16} + 9h);
  event.end = DateValue::utc(sys_days{2026y / 3 / 16} + 10h);
  return event;
}

Component map_with(Mapper mapper, const Event& event, bool is_override = false) {
  Component out{"VEVENT", {}, {}};
  mapper({event, "uid-1", stamp, is_override}, out);
  return out;
}

std::string text_of(const Component& component, std::string_view name) {
  const Property* const property = component.find(name);
  if (property == nullptr) return "(absent)";
  if (const auto* text = std::get_if<Text>(&property->value)) return text->value;
  if (const auto* token = std::get_if<Token>(&property->value)) return token->value;
  return "(neither text nor token)";
}

TEST(FieldSummary, title_on_one_line) {
  Event event = timed_event();
  event.title = "  Plan\r\nnext\x01 week ";
  EXPECT_EQ(text_of(map_with(summary, event), "SUMMARY"), "Plan next week");
  event.title = " \n ";
  EXPECT_EQ(text_of(map_with(summary, event), "SUMMARY"), "(absent)");
}

TEST(FieldSummary, long_title_is_cut_between_characters_and_marked) {
  Event event = timed_event();
  for (int i = 0; i < 2000; ++i) event.title += "ü";
  const std::string cut = text_of(map_with(summary, event), "SUMMARY");
  EXPECT_LE(cut.size(), 1024U);
  EXPECT_GE(cut.size(), 1020U);
  EXPECT_TRUE(cut.ends_with(cut_mark));
  EXPECT_EQ(clean(cut), cut);
}

TEST(FieldDescription, people_and_link_come_last_as_text) {
  Event event = timed_event();
  event.text = "Agenda\n";
  event.join_link = "https://meet.example.org/1";
  event.organizer = Person{"Ada", "ada@example.org", "", ""};
  event.people = {{"Bob", "bob@example.org", "required", "accepted"}, {"", "eve@example.org", "", "none"}, {}};
  EXPECT_EQ(text_of(map_with(description, event), "DESCRIPTION"),
            "Agenda\n\nJoin: https://meet.example.org/1\nOrganiser: Ada <ada@example.org>\nPeople:\n"
            "- Bob <bob@example.org> (required, accepted)\n- eve@example.org");
}

TEST(FieldDescription, link_that_the_text_has_is_not_repeated) {
  Event event = timed_event();
  event.join_link = "https://meet.example.org/1";
  event.text = "Come to https://meet.example.org/1 please";
  EXPECT_EQ(text_of(map_with(description, event), "DESCRIPTION"), event.text);
}

TEST(FieldDescription, long_text_is_cut_and_people_stay) {
  Event event = timed_event();
  event.text = std::string(100000, 'x');
  event.people.assign(1000, Person{std::string(500, 'n'), "a@example.org", "", ""});
  const std::string text = text_of(map_with(description, event), "DESCRIPTION");
  EXPECT_LE(text.size(), 16U * 1024);
  EXPECT_NE(text.find(std::string(cut_mark) + "\n\nPeople:"), std::string::npos);
  EXPECT_NE(text.find("\n- … 98"), std::string::npos);
}

TEST(FieldDescription, nothing_to_say_is_no_description) {
  EXPECT_EQ(text_of(map_with(description, timed_event()), "DESCRIPTION"), "(absent)");
}

TEST(FieldAltDescription, html_is_kept_and_cut_outside_tags) {
  Event event = timed_event();
  event.html = "<p>Hi</p>";
  const Component out = map_with(alt_description, event);
  EXPECT_EQ(text_of(out, "X-ALT-DESC"), "<p>Hi</p>");
  EXPECT_EQ(out.find("X-ALT-DESC")->parameters.front().second, "text/html");
  event.html = "<p>" + std::string(32740, 'x') + "<a href=\"" + std::string(5000, 'y') + "\">";
  const std::string cut = text_of(map_with(alt_description, event), "X-ALT-DESC");
  EXPECT_LE(cut.size(), 32U * 1024);
  EXPECT_TRUE(cut.ends_with("x" + std::string(cut_mark)));
}

TEST(FieldAltDescription, html_that_could_act_is_left_out) {
  for (const char* html : {"<p>Hi</p><SCRIPT>alert(1)</SCRIPT>", "<img src=x onerror=alert(1)>",
                           "<a href=\"JavaScript:x()\">x</a>", "<body\tonload = 'x()'>", "<iframe src=x></iframe>",
                           "<img/onerror=x>", "<p title=\"a > b\" onclick=x>", "<!-- <p title=\" --><p onclick=x>",
                           "<a href=\" java\nscript:x()\">", "<a href=\"&#106;ava&Tab;script&colon;x\">"}) {
    Event event = timed_event();
    event.html = html;
    EXPECT_EQ(map_with(alt_description, event).find("X-ALT-DESC"), nullptr) << html;
  }
  Event event = timed_event();
  event.html = "<meta charset=utf-8><p class=\"on\">on=off, once = twice, <b>button=1</b></p>";
  EXPECT_NE(map_with(alt_description, event).find("X-ALT-DESC"), nullptr);
}

TEST(FieldLocation, bounded) {
  Event event = timed_event();
  event.location = std::string(5000, 'x');
  EXPECT_EQ(text_of(map_with(location, event), "LOCATION").size(), 1024U);
}

TEST(FieldCategories, at_most_fifty_different_ones) {
  Event event = timed_event();
  event.categories = {"a", "", " a ", "b,c"};
  for (int i = 0; i < 100; ++i) event.categories.push_back("n" + std::to_string(i) + std::string(200, 'x'));
  const Component out = map_with(categories, event);
  const auto& list = std::get<TextList>(out.find("CATEGORIES")->value).values;
  EXPECT_EQ(list.size(), 50U);
  EXPECT_EQ(list[0], "a");
  EXPECT_EQ(list[1], "b,c");
  EXPECT_LE(list[2].size(), 100U);
}

TEST(FieldClass, each_sensitivity_has_its_class) {
  Event event = timed_event();
  const std::pair<Sensitivity, const char*> table[] = {{Sensitivity::normal, "PUBLIC"},
                                                       {Sensitivity::personal, "PRIVATE"},
                                                       {Sensitivity::private_, "PRIVATE"},
                                                       {Sensitivity::confidential, "CONFIDENTIAL"}};
  for (const auto& [sensitivity, name] : table) {
    event.sensitivity = sensitivity;
    EXPECT_EQ(text_of(map_with(class_, event), "CLASS"), name);
  }
}

TEST(FieldPriority, high_and_low_only) {
  Event event = timed_event();
  EXPECT_TRUE(map_with(priority, event).properties.empty());
  event.importance = Importance::high;
  EXPECT_EQ(text_of(map_with(priority, event), "PRIORITY"), "1");
  event.importance = Importance::low;
  EXPECT_EQ(text_of(map_with(priority, event), "PRIORITY"), "9");
  EXPECT_EQ(text_of(map_with(priority, event), "X-MICROSOFT-CDO-IMPORTANCE"), "0");
}

TEST(FieldTransparency, each_show_as_has_its_names) {
  struct Row {
    ShowAs show_as;
    const char* transparency;
    const char* busy;
    const char* status;
  };
  const Row table[] = {{ShowAs::free, "TRANSPARENT", "FREE", "CONFIRMED"},
                       {ShowAs::tentative, "OPAQUE", "TENTATIVE", "TENTATIVE"},
                       {ShowAs::busy, "OPAQUE", "BUSY", "CONFIRMED"},
                       {ShowAs::oof, "OPAQUE", "OOF", "CONFIRMED"},
                       {ShowAs::working_elsewhere, "TRANSPARENT", "WORKINGELSEWHERE", "CONFIRMED"},
                       {ShowAs::unknown, "OPAQUE", "BUSY", "CONFIRMED"}};
  Event event = timed_event();
  for (const Row& row : table) {
    event.show_as = row.show_as;
    EXPECT_EQ(text_of(map_with(transparency, event), "TRANSP"), row.transparency);
    EXPECT_EQ(text_of(map_with(transparency, event), "X-MICROSOFT-CDO-BUSYSTATUS"), row.busy);
    EXPECT_EQ(text_of(map_with(status, event), "STATUS"), row.status);
  }
  event.show_as = ShowAs::busy;
  event.reminder = 15min;
  event.cancelled = true;
  EXPECT_EQ(text_of(map_with(status, event), "STATUS"), "CANCELLED");
  EXPECT_EQ(text_of(map_with(transparency, event), "TRANSP"), "TRANSPARENT");
  EXPECT_TRUE(map_with(reminder, event).components.empty());
}

TEST(FieldStartEnd, end_is_always_there) {
  Event event = timed_event();
  event.end = event.start;
  EXPECT_EQ(std::get<DateValue>(map_with(start_end, event).find("DTEND")->value), event.start);
  event.start = event.end = DateValue::date(2026y / 2 / 28);
  EXPECT_EQ(std::get<DateValue>(map_with(start_end, event).find("DTEND")->value), DateValue::date(2026y / 3 / 1));
}

TEST(FieldRecurrence, dates_are_sorted_single_and_only_on_the_master) {
  Event event = timed_event();
  const DateValue first = DateValue::utc(sys_days{2026y / 3 / 17} + 9h);
  const DateValue second = DateValue::utc(sys_days{2026y / 3 / 18} + 9h);
  event.recurrence = Recurrence{"FREQ=DAILY", {second, first, second}, {}};
  const Component out = map_with(recurrence, event);
  ASSERT_EQ(out.properties.size(), 3U);
  EXPECT_EQ(std::get<DateValue>(out.properties[1].value), first);
  EXPECT_EQ(std::get<DateValue>(out.properties[2].value), second);
  EXPECT_TRUE(map_with(recurrence, event, true).properties.empty());
}

TEST(FieldRecurrenceId, only_on_overrides) {
  Event event = timed_event();
  event.recurrence_id = event.start;
  EXPECT_TRUE(map_with(recurrence_id, event).properties.empty());
  EXPECT_EQ(map_with(recurrence_id, event, true).properties.size(), 1U);
}

TEST(FieldReminder, minutes_before_the_start) {
  Event event = timed_event();
  EXPECT_TRUE(map_with(reminder, event).components.empty());
  const std::pair<int, const char*> table[] = {{15, "-PT15M"}, {1440, "-PT1440M"}, {0, "PT0S"}, {-5, "PT5M"}};
  for (const auto& [before, trigger] : table) {
    event.reminder = minutes(before);
    const Component out = map_with(reminder, event);
    ASSERT_EQ(out.components.size(), 1U);
    EXPECT_EQ(text_of(out.components[0], "TRIGGER"), trigger);
    EXPECT_EQ(text_of(out.components[0], "ACTION"), "DISPLAY");
    EXPECT_EQ(text_of(out.components[0], "DESCRIPTION"), "Reminder");
  }
}

TEST(FieldLinks, only_web_addresses_become_links) {
  Event event = timed_event();
  event.web_link = "https://outlook.office365.com/owa/?itemid=A";
  event.join_link = "https://teams.microsoft.com/l/meetup-join/1";
  EXPECT_EQ(text_of(map_with(url, event), "URL"), event.web_link);
  EXPECT_EQ(text_of(map_with(conference, event), "CONFERENCE"), event.join_link);
  EXPECT_EQ(text_of(map_with(conference, event), "X-MICROSOFT-SKYPETEAMSMEETINGURL"), event.join_link);
  for (const char* const link : {"javascript:alert(1)", "ftp://x", "https://", "https://a b", "https://a\r\nX:1", "x",
                                 "", "https://a\"b", "data:text/html,x"}) {
    event.web_link = event.join_link = link;
    EXPECT_TRUE(map_with(url, event).properties.empty()) << link;
    EXPECT_TRUE(map_with(conference, event).properties.empty()) << link;
  }
  event.join_link = "https://meet.example.org/1";
  EXPECT_EQ(map_with(conference, event).properties.size(), 1U);
}

TEST(FieldTimestamps, last_modified_is_the_stamp_where_known) {
  Event event = timed_event();
  EXPECT_EQ(std::get<DateValue>(map_with(timestamps, event).find("DTSTAMP")->value), DateValue::utc(stamp));
  event.last_modified = SourceTime{sys_days{2026y / 2 / 2} + 1500ms};
  const Component out = map_with(timestamps, event);
  EXPECT_EQ(std::get<DateValue>(out.find("DTSTAMP")->value), DateValue::utc(sys_days{2026y / 2 / 2} + 1s));
  EXPECT_EQ(out.find("LAST-MODIFIED")->value, out.find("DTSTAMP")->value);
}

TEST(FieldOrigin, stamp_depends_on_the_uid_alone) {
  EXPECT_EQ(origin_stamp("a"), origin_stamp("a"));
  EXPECT_NE(origin_stamp("a"), origin_stamp("b"));
  EXPECT_EQ(origin_stamp("a").size(), 34U);
  EXPECT_EQ(text_of(map_with(origin, timed_event()), "X-CALMUX-ORIGIN"), origin_stamp("uid-1"));
}

TEST(EventProperties, nobody_can_be_invited) {
  Event event = timed_event();
  event.organizer = Person{"Ada", "ada@example.org", "", ""};
  event.people = {{"Bob", "bob@example.org", "required", "accepted"}};
  const Component out = event_component({event, "uid-1", stamp, false});
  const std::set<std::string> forbidden{"ATTENDEE", "ORGANIZER", "CONTACT", "METHOD"};
  for (const Property& property : out.properties) EXPECT_FALSE(forbidden.contains(property.name)) << property.name;
  EXPECT_EQ(out.properties.front().name, "UID");
}

TEST(TextLimit, prefixes_never_split_a_character) {
  const std::string text = "aü€😀";
  const std::size_t ends[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
  for (std::size_t limit = 0; limit <= 10; ++limit) EXPECT_EQ(utf8_prefix(text, limit).size(), ends[limit]) << limit;
  EXPECT_EQ(utf8_prefix("\x80\x80\x80\x80\x80\x80\x80", 6).size(), 6U);
}

TEST(TextLimit, clean_keeps_characters_and_drops_the_rest) {
  const std::pair<std::string, std::string> table[] = {
      {"a\r\nb\rc\nd\te", "a\nb\nc\nd\te"},
      {std::string("a\0b\x07\x7f", 5), "ab"},
      {"ü€😀", "ü€😀"},
      {"\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"x\xE2\x82", "x\xEF\xBF\xBD\xEF\xBF\xBD"},
  };
  for (const auto& [given, wanted] : table) EXPECT_EQ(clean(given), wanted);
}

TEST(Uri, host_is_what_a_browser_would_visit) {
  EXPECT_EQ(host_of("https://teams.microsoft.com:443/l"), "teams.microsoft.com");
  EXPECT_EQ(host_of("https://teams.microsoft.com@evil.example/l"), "evil.example");
  EXPECT_EQ(host_of("https://evil.example?teams.microsoft.com"), "evil.example");
}

}  // namespace
}  // namespace calmux::fields
