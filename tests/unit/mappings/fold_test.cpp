#include "mappings/fold.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace calmux {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

const sys_seconds noon = sys_days{2026y / 11 / 20} + 12h;

Event event(const std::string& title = "Standup", sys_seconds start = noon + days{1}) {
  Event event;
  event.source_event_id = "id";
  event.title = title;
  event.start = DateValue::utc(start);
  event.end = DateValue::utc(start + 1h);
  return event;
}

std::int64_t next_arrival = 0;

EventDelivery said(Operation operation, std::optional<SourceTime> modified, sys_seconds received,
                   Event content = event()) {
  content.last_modified = modified;
  return {operation, std::move(content), {modified, ++next_arrival}, received};
}
EventDelivery created(std::optional<SourceTime> modified, sys_seconds received, Event content = event()) {
  return said(Operation::create, modified, received, std::move(content));
}
EventDelivery updated(std::optional<SourceTime> modified, sys_seconds received, Event content = event()) {
  return said(Operation::update, modified, received, std::move(content));
}
EventDelivery deleted(sys_seconds received, std::optional<SourceTime> modified = std::nullopt) {
  return {Operation::delete_, event(), {modified, ++next_arrival}, received};
}

/// Folds one after the other, and remembers the last result.
struct Story {
  std::optional<SourceEvent> state;
  FoldResult last;
  FoldRules rules;

  FoldOutcome tell(const EventDelivery& delivery) {
    last = fold(state, std::span(&delivery, 1), rules);
    state = last.state;
    return last.steps.at(0).outcome;
  }
};

TEST(Fold, a_first_statement_is_applied) {
  Story story;
  EXPECT_EQ(story.tell(created(noon, noon + 5s)), FoldOutcome::applied);
  EXPECT_TRUE(story.last.changed);
  EXPECT_TRUE(story.last.touched);
  EXPECT_EQ(story.state->event.title, "Standup");
  EXPECT_EQ(story.state->version.modified, SourceTime{noon});
}

TEST(Fold, nothing_in_gives_nothing_out) {
  const auto result = fold(std::nullopt, {}, {});
  EXPECT_FALSE(result.state);
  EXPECT_FALSE(result.changed);
  EXPECT_FALSE(result.touched);
}

TEST(Fold, a_newer_version_replaces_and_an_older_one_is_stale) {
  Story story;
  story.tell(created(noon, noon));
  EXPECT_EQ(story.tell(updated(noon + 2min, noon + 3min, event("Second"))), FoldOutcome::applied);
  EXPECT_EQ(story.tell(updated(noon + 1min, noon + 4min, event("First"))), FoldOutcome::stale);
  EXPECT_FALSE(story.last.changed);
  EXPECT_FALSE(story.last.touched);
  EXPECT_EQ(story.state->event.title, "Second");
}

TEST(Fold, the_same_statement_again_costs_no_write) {
  Story story;
  story.tell(created(noon, noon));
  EXPECT_EQ(story.tell(updated(noon, noon + 1h)), FoldOutcome::unchanged);
  EXPECT_FALSE(story.last.changed);
  EXPECT_FALSE(story.last.touched);
}

TEST(Fold, the_same_statement_without_version_costs_no_write) {
  Story story;
  story.tell(created({}, noon));
  EXPECT_EQ(story.tell(updated({}, noon + 1h)), FoldOutcome::unchanged);
  EXPECT_FALSE(story.last.touched);
}

TEST(Fold, a_newer_version_without_visible_change_is_stored_but_not_resolved) {
  Story story;
  story.tell(created(noon, noon));
  EXPECT_EQ(story.tell(updated(noon + 1s, noon + 2s)), FoldOutcome::unchanged);
  EXPECT_FALSE(story.last.changed);
  EXPECT_TRUE(story.last.touched);
}

TEST(Fold, of_two_contents_of_one_version_the_later_arrival_wins) {
  Story story;
  story.tell(created(noon, noon));
  EXPECT_EQ(story.tell(updated(noon, noon + 1s, event("Fuller"))), FoldOutcome::applied);
  EXPECT_EQ(story.state->event.title, "Fuller");
}

TEST(Fold, unversioned_statements_go_by_arrival) {
  const auto first = created({}, noon, event("First"));
  const auto second = updated({}, noon, event("Second"));
  const EventDelivery turned[] = {second, first};
  EXPECT_EQ(fold(std::nullopt, turned, {}).state->event.title, "Second");
}

TEST(Fold, a_deletion_leaves_a_tombstone_that_knows_what_it_was) {
  Story story;
  Event occurrence = event();
  occurrence.series_id = "master";
  story.tell(created(noon, noon, occurrence));
  EXPECT_EQ(story.tell(deleted(noon + 1min)), FoldOutcome::applied);
  EXPECT_TRUE(story.last.changed);
  EXPECT_TRUE(story.state->deleted);
  EXPECT_EQ(story.state->deleted_at, noon + 1min);
  EXPECT_EQ(story.state->event.series_id, "master");
  EXPECT_EQ(story.tell(deleted(noon + 2min)), FoldOutcome::already_deleted);
  EXPECT_FALSE(story.last.changed);
}

TEST(Fold, late_update_does_not_revive_a_deleted_event) {
  Story story;
  story.tell(created(noon, noon));
  story.tell(deleted(noon + 1min));
  EXPECT_EQ(story.tell(updated(noon + 30s, noon + 2min, event("Late"))), FoldOutcome::late);
  EXPECT_TRUE(story.state->deleted);
  EXPECT_FALSE(story.last.changed);
}

TEST(Fold, late_create_after_the_deletion_of_an_unknown_event_is_recognised) {
  Story story;
  EXPECT_EQ(story.tell(deleted(noon)), FoldOutcome::unchanged);
  EXPECT_EQ(story.state->event.source_event_id, "id");
  EXPECT_TRUE(story.state->deleted);
  EXPECT_TRUE(story.last.touched);
  EXPECT_FALSE(story.last.changed);
  EXPECT_EQ(story.tell(created(noon - 1min, noon + 1min)), FoldOutcome::late);
  EXPECT_TRUE(story.state->deleted);
}

TEST(Fold, a_newer_version_revives) {
  Story story;
  story.tell(created(noon, noon));
  story.tell(deleted(noon + 1min, noon + 30s));
  EXPECT_EQ(story.tell(updated(noon + 40s, noon + 2min)), FoldOutcome::applied);
  EXPECT_FALSE(story.state->deleted);
  EXPECT_TRUE(story.last.changed);
}

TEST(Fold, an_unversioned_statement_after_the_deletion_revives) {
  for (const auto operation : {Operation::create, Operation::update}) {
    Story story;
    story.tell(created(noon, noon));
    story.tell(deleted(noon + 1min));
    EXPECT_EQ(story.tell(said(operation, {}, noon + 1min)), FoldOutcome::applied) << to_string(operation);
    EXPECT_FALSE(story.state->deleted);
  }
}

TEST(Fold, a_deletion_wins_over_the_version_it_deletes_whichever_arrives_first) {
  const auto removal = deleted(noon + 1min, noon);
  Story story;
  story.tell(removal);
  EXPECT_EQ(story.tell(updated(noon, noon + 2min)), FoldOutcome::late);
}

TEST(Fold, an_old_version_added_again_after_the_grace_revives) {
  Story story;
  story.tell(created(noon, noon));
  story.tell(deleted(noon + 1h));
  EXPECT_EQ(story.tell(created(noon, noon + 25h)), FoldOutcome::late) << "the grace is not over";
  EXPECT_EQ(story.tell(updated(noon, noon + 26h)), FoldOutcome::late) << "an update is no proof of being added";
  EXPECT_EQ(story.tell(created(noon, noon + 26h)), FoldOutcome::applied);
  EXPECT_FALSE(story.state->deleted);
  EXPECT_EQ(story.tell(deleted(noon + 1h)), FoldOutcome::stale) << "the deletion it answered";
  EXPECT_EQ(story.tell(deleted(noon + 27h)), FoldOutcome::applied);
}

TEST(Fold, a_deletion_older_than_what_is_known_is_stale) {
  Story story;
  story.tell(updated(noon + 2min, noon + 3min));
  EXPECT_EQ(story.tell(deleted(noon + 1min)), FoldOutcome::stale);
  EXPECT_FALSE(story.state->deleted);
  EXPECT_FALSE(story.last.touched);
}

TEST(Fold, deleted_outside_the_window_is_no_proof) {
  for (const auto start : {noon - days{52}, noon + days{301}}) {
    Story story;
    story.tell(created(noon, noon, event("Far", start)));
    EXPECT_EQ(story.tell(deleted(noon + 1h)), FoldOutcome::outside_window);
    EXPECT_FALSE(story.state->deleted);
    EXPECT_FALSE(story.last.changed);
    EXPECT_FALSE(story.last.touched);
  }
  for (const auto start : {noon - days{49}, noon + days{299}}) {
    Story story;
    story.tell(created(noon, noon, event("Near", start)));
    EXPECT_EQ(story.tell(deleted(noon + 1h)), FoldOutcome::applied);
  }
}

TEST(Fold, an_event_created_outside_the_window_survives_the_deletion_that_announced_it) {
  Story story;
  story.tell(deleted(noon));
  EXPECT_EQ(story.tell(updated(noon - 1min, noon + 1min, event("Far", noon + days{400}))), FoldOutcome::applied);
  EXPECT_FALSE(story.state->deleted);
}

struct SeriesCase {
  const char* rrule;
  days start;  ///< from the deletion
  FoldOutcome outcome;
};

TEST(Fold, a_series_is_outside_the_window_only_where_no_occurrence_can_be_inside) {
  const SeriesCase table[] = {
      {"FREQ=DAILY", days{-900}, FoldOutcome::applied},
      {"FREQ=WEEKLY;COUNT=400", days{-900}, FoldOutcome::applied},
      {"FREQ=WEEKLY;COUNT=10", days{-900}, FoldOutcome::outside_window},
      {"FREQ=WEEKLY;INTERVAL=12;COUNT=11", days{-900}, FoldOutcome::applied},
      {"FREQ=DAILY;UNTIL=20250101T000000Z", days{-900}, FoldOutcome::outside_window},
      {"FREQ=DAILY;UNTIL=20261119", days{-900}, FoldOutcome::applied},
      {"FREQ=DAILY;UNTIL=garbage1", days{-900}, FoldOutcome::applied},
      {"FREQ=DAILY;COUNT=99999999999", days{-900}, FoldOutcome::applied},
      {"FREQ=SECONDLY;COUNT=3", days{-900}, FoldOutcome::applied},
      {"FREQ=DAILY", days{301}, FoldOutcome::outside_window},
  };
  for (const auto& row : table) {
    Story story;
    Event master = event("Series", noon + row.start);
    master.type = EventType::master;
    master.recurrence = Recurrence{row.rrule, {}, {}};
    story.tell(created(noon, noon, master));
    EXPECT_EQ(story.tell(deleted(noon)), row.outcome) << row.rrule;
  }
}

TEST(Fold, a_deleted_occurrence_that_becomes_known_late_concerns_its_series) {
  Story story;
  story.tell(deleted(noon));
  Event occurrence = event();
  occurrence.series_id = "master";
  occurrence.recurrence_id = occurrence.start;
  EXPECT_EQ(story.tell(created(noon - 1h, noon + 1s, occurrence)), FoldOutcome::late);
  EXPECT_TRUE(story.last.changed) << "its date must be excluded";
  EXPECT_TRUE(story.last.touched);
}

TEST(Fold, a_stored_state_without_memory_folds_on) {
  Story story;
  story.tell(created(noon, noon));
  story.tell(deleted(noon + 1min));
  story.state->memory = {};
  EXPECT_EQ(story.tell(created(noon, noon + 2min)), FoldOutcome::late);
  EXPECT_EQ(story.tell(updated(noon + 2min, noon + 3min)), FoldOutcome::applied);
}

TEST(Fold, names_are_those_that_are_stored) {
  EXPECT_STREQ(to_string(FoldOutcome::applied), "applied");
  EXPECT_STREQ(to_string(FoldOutcome::unchanged), "unchanged");
  EXPECT_STREQ(to_string(FoldOutcome::stale), "stale");
  EXPECT_STREQ(to_string(FoldOutcome::late), "late");
  EXPECT_STREQ(to_string(FoldOutcome::outside_window), "outside_window");
  EXPECT_STREQ(to_string(FoldOutcome::already_deleted), "already_deleted");
  EXPECT_STREQ(to_string(Operation::delete_), "delete");
}

}  // namespace
}  // namespace calmux
