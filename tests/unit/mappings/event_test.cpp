#include "mappings/event.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "random_event.h"

namespace calmux {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

TEST(EventJson, is_lossless_for_any_event) {
  testing::RandomEvents random(1);
  for (int i = 0; i < 2000; ++i) {
    const Event event = random.event();
    const auto read = event_from_json(json::parse(to_json(event).dump()));
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(*read, event) << to_json(event).dump(1);
  }
}

TEST(EventJson, stores_only_what_differs_from_the_defaults) {
  EXPECT_EQ(to_json(Event{}), json::object());
  Event event;
  event.title = "Standup";
  event.show_as = ShowAs::working_elsewhere;
  event.sensitivity = Sensitivity::private_;
  event.reminder = 0min;
  EXPECT_EQ(to_json(event), (json{{"title", "Standup"},
                                  {"show_as", "working_elsewhere"},
                                  {"sensitivity", "private"},
                                  {"reminder_minutes", 0}}));
}

TEST(EventJson, ignores_members_of_later_versions) {
  const auto read = event_from_json(json{{"title", "x"}, {"colour", "red"}});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->title, "x");
}

TEST(EventJson, refuses_wrong_types_and_unknown_names_and_says_where) {
  const std::pair<json, const char*> table[] = {
      {json::array(), "an object"},
      {json{{"title", 7}}, "title"},
      {json{{"type", "weekly"}}, "type"},
      {json{{"show_as", 2}}, "show_as"},
      {json{{"start", "tomorrow"}}, "start"},
      {json{{"reminder_minutes", "15"}}, "reminder_minutes"},
      {json{{"cancelled", 1}}, "cancelled"},
      {json{{"categories", "a"}}, "categories"},
      {json{{"categories", {1}}}, "categories"},
      {json{{"organizer", "me"}}, "organizer"},
      {json{{"organizer", {{"name", 1}}}}, "organizer.name"},
      {json{{"people", json::object()}}, "people"},
      {json{{"people", {7}}}, "people"},
      {json{{"recurrence", {{"exdates", {1}}}}}, "recurrence.exdates"},
      {json{{"created", "2024"}}, "created"},
  };
  for (const auto& [stored, where] : table) {
    const auto read = event_from_json(stored);
    ASSERT_FALSE(read) << stored;
    EXPECT_EQ(read.error().kind, ErrorKind::malformed);
    EXPECT_NE(read.error().message.find(where), std::string::npos) << read.error().message;
  }
}

TEST(SignificantContent, leaves_out_bookkeeping) {
  testing::RandomEvents random(2);
  for (int i = 0; i < 200; ++i) {
    const Event event = random.event();
    Event other = event;
    other.source_event_id += "x";
    other.uid += "x";
    other.series_id += "x";
    other.created = random.time();
    other.last_modified = random.time();
    other.change_key += "x";
    other.warnings.emplace_back("x");
    other.cancellation_unstated = !other.cancellation_unstated;
    EXPECT_EQ(significant_content(event), significant_content(other));
  }
}

TEST(SignificantContent, ignores_the_order_of_people_categories_and_exclusions) {
  Event one;
  one.categories = {"a", "b"};
  one.people = {{"Ann", "ann@example.test", "", ""}, {"Bob", "bob@example.test", "", ""}};
  one.recurrence = Recurrence{"FREQ=DAILY", {DateValue::date(2026y / 1 / 2), DateValue::date(2026y / 1 / 1)}, {}};
  Event other = one;
  std::swap(other.categories[0], other.categories[1]);
  std::swap(other.people[0], other.people[1]);
  std::swap(other.recurrence->exdates[0], other.recurrence->exdates[1]);
  other.recurrence->exdates.push_back(other.recurrence->exdates[0]);
  EXPECT_EQ(significant_content(one), significant_content(other));
}

TEST(SignificantContent, sees_every_visible_field) {
  const std::function<void(Event&)> changes[] = {
      [](Event& e) { e.start = DateValue::date(2026y / 1 / 1); },
      [](Event& e) { e.end = DateValue::date(2026y / 1 / 1); },
      [](Event& e) { e.recurrence_id = DateValue::date(2026y / 1 / 1); },
      [](Event& e) { e.title += 'x'; },
      [](Event& e) { e.text += 'x'; },
      [](Event& e) { e.html += 'x'; },
      [](Event& e) { e.location += 'x'; },
      [](Event& e) { e.categories = {"x"}; },
      [](Event& e) { e.show_as = ShowAs::free; },
      [](Event& e) { e.sensitivity = Sensitivity::private_; },
      [](Event& e) { e.importance = Importance::high; },
      [](Event& e) { e.response = ResponseType::declined; },
      [](Event& e) { e.reminder = 0min; },
      [](Event& e) { e.cancelled = true; },
      [](Event& e) { e.join_link += 'x'; },
      [](Event& e) { e.web_link += 'x'; },
      [](Event& e) {
        e.organizer = Person{"x", "", "", ""};
      },
      [](Event& e) {
        e.people = {{"x", "", "", ""}};
      },
      [](Event& e) {
        e.recurrence = Recurrence{"FREQ=DAILY", {}, {}};
      },
  };
  std::set<std::string> texts = {significant_content(Event{})};
  for (const auto& change : changes) {
    Event event;
    change(event);
    EXPECT_TRUE(texts.insert(significant_content(event)).second) << to_json(event);
  }
}

TEST(SignificantContent, survives_bytes_that_are_no_text) {
  Event event;
  event.title = "\xff\xfe";
  EXPECT_FALSE(significant_content(event).empty());
}

}  // namespace
}  // namespace calmux
