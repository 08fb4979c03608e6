#include "mappings/cancelled.h"

#include <gtest/gtest.h>

#include "mappings/resolve.h"

namespace calmux {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

const CancelledRules shown{true, {}};
const CancelledRules told_by_titles{false, {"Canceled:", "Abgesagt:", "Annulé :"}};

Event meeting(const std::string& id, std::chrono::sys_days day) {
  Event event;
  event.source_event_id = id;
  event.title = "Planning";
  event.start = DateValue::utc(day + 9h);
  event.end = DateValue::utc(day + 10h);
  event.last_modified = sys_days{2026y / 9 / 1};
  return event;
}

Event series() {
  Event event = meeting("master", 2026y / 10 / 5);
  event.type = EventType::master;
  event.recurrence = Recurrence{"FREQ=WEEKLY", {}, {}};
  return event;
}

Event exception(std::chrono::sys_days day) {
  Event event = meeting("exception", day);
  event.series_id = "master";
  event.type = EventType::exception;
  event.recurrence_id = event.start;
  return event;
}

SourceEvent row(Event event) {
  SourceEvent row;
  row.version.modified = event.last_modified;
  row.event = std::move(event);
  return row;
}

std::vector<Action> decide(const std::vector<SourceEvent>& group, const CancelledRules& cancelled) {
  return resolve(group, {}, {"home", "tenant1", std::nullopt, {}, cancelled}, sys_days{2026y / 10 / 1});
}

TEST(Cancelled, a_title_tells_it_only_where_the_source_has_no_flag_and_prefixes_are_set) {
  struct Row {
    const char* title;
    bool unstated;
    bool cancelled;
  };
  const Row table[] = {{"Canceled: Planning", true, true},      {"CANCELED:Planning", true, true},
                       {"Abgesagt: Planung", true, true},       {"Annulé : réunion", true, true},
                       {"Canceled: Planning", false, false},    {"Cancel", true, false},
                       {"Not Canceled: Planning", true, false}, {"", true, false}};
  for (const Row& row : table) {
    Event event;
    event.title = row.title;
    event.cancellation_unstated = row.unstated;
    EXPECT_EQ(is_cancelled(event, told_by_titles), row.cancelled) << row.title;
    EXPECT_FALSE(is_cancelled(event, {})) << row.title;
    event.cancelled = true;
    EXPECT_TRUE(is_cancelled(event, {})) << row.title;
  }
}

TEST(Cancelled, one_told_by_its_title_is_removed_with_that_reason) {
  Event event = meeting("single", 2026y / 10 / 5);
  event.title = "Abgesagt: Planning";
  event.cancellation_unstated = true;
  EXPECT_EQ(decide({row(event)}, {}).at(0).kind, ActionKind::create);
  const auto actions = decide({row(event)}, told_by_titles);
  EXPECT_EQ(actions.at(0).kind, ActionKind::skip);
  EXPECT_EQ(actions.at(0).reason, "cancelled at the source, as its title says");
}

TEST(Cancelled, a_single_event_is_shown_as_cancelled_under_its_title) {
  Event event = meeting("single", 2026y / 10 / 5);
  event.title = "Canceled: Planning";
  event.cancellation_unstated = true;
  const auto actions = decide({row(event)}, {true, {"Canceled:"}});
  ASSERT_EQ(actions.at(0).kind, ActionKind::create);
  EXPECT_TRUE(actions[0].content->main.cancelled);
  EXPECT_EQ(actions[0].content->main.title, "Canceled: Planning");
}

TEST(Cancelled, an_occurrence_of_a_live_series_is_excluded_or_an_override) {
  Event event = exception(2026y / 10 / 12);
  event.cancelled = true;
  const auto removed = decide({row(series()), row(event)}, {}).at(0).content.value();
  EXPECT_EQ(removed.main.recurrence->exdates, std::vector{event.start});
  EXPECT_TRUE(removed.overrides.empty());

  event.type = EventType::occurrence;  // as sparse as its series, yet no repetition of it
  const auto kept = decide({row(series()), row(event)}, shown).at(0).content.value();
  EXPECT_TRUE(kept.main.recurrence->exdates.empty());
  EXPECT_FALSE(kept.main.cancelled);
  ASSERT_EQ(kept.overrides.size(), 1U);
  EXPECT_TRUE(kept.overrides[0].cancelled);
}

TEST(Cancelled, a_series_takes_along_what_was_changed_of_it_before) {
  Event master = series();
  master.cancelled = true;
  Event before = exception(2026y / 10 / 12);
  before.title = "Planning, longer";
  const auto whole = decide({row(master), row(before)}, shown).at(0).content.value();
  EXPECT_TRUE(whole.main.cancelled);
  ASSERT_EQ(whole.overrides.size(), 1U);
  EXPECT_TRUE(whole.overrides[0].cancelled);

  before.last_modified = *master.last_modified + 1h;
  const auto except_one = decide({row(master), row(before)}, shown).at(0).content.value();
  EXPECT_FALSE(except_one.overrides.at(0).cancelled);
}

TEST(Cancelled, a_deleted_event_is_gone_either_way) {
  SourceEvent event = row(meeting("single", 2026y / 10 / 5));
  event.deleted = true;
  EXPECT_TRUE(is_gone(event, {}));
  EXPECT_TRUE(is_gone(event, shown));
}

}  // namespace
}  // namespace calmux
