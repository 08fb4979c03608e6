#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "middleware/fold_plan.h"
#include "tests/unit/middleware/memory_events.h"

namespace calmux {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Shown = std::map<std::string, std::string>;

std::vector<std::string> actions(const postgres::Plan& planned) {
  std::vector<std::string> result;
  for (const auto& one : planned.actions)
    result.push_back(std::string(to_string(one.action.kind)) + ' ' + one.action.object_key);
  return result;
}

const CalendarObject& object(const MemoryEvents& store, const std::string& key) {
  return store.objects.at(key).known.desired.value();
}

TEST(FoldPlanSeries, a_master_with_what_it_carries_is_one_object_and_one_finished_delivery) {
  MemoryEvents store;
  const auto planned = store.fold(
      {delivery(1, Operation::create, "s", {master("s", "Series", at(0)), moved_occurrence("s1", "s", 2, at(1))})});
  EXPECT_THAT(actions(planned), ElementsAre("create s"));
  EXPECT_EQ(planned.events.size(), 2u);
  ASSERT_EQ(planned.finished.size(), 1u);
  EXPECT_EQ(planned.finished[0].outcome, "create");
  EXPECT_EQ(planned.finished[0].object_key, "s");
  EXPECT_EQ(object(store, "s").overrides.size(), 1u);
}

TEST(FoldPlanSeries, an_exception_waits_for_the_write_of_its_series) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, master("s", "Series", at(0)))});
  const auto planned = store.fold({posted(2, Operation::update, moved_occurrence("s1", "s", 2, at(1)))});
  EXPECT_THAT(actions(planned), ElementsAre("update s"));
  EXPECT_EQ(planned.finished.at(0).outcome, "update");
  EXPECT_EQ(planned.finished.at(0).object_key, "s");
  EXPECT_EQ(planned.actions.at(0).request_id, "r-2");
}

TEST(FoldPlanSeries, a_repeated_exception_waits_for_the_write_of_its_series_too) {
  MemoryEvents store;
  store.fold(
      {delivery(1, Operation::create, "s", {master("s", "Series", at(0)), moved_occurrence("s1", "s", 2, at(1))})});
  const auto planned = store.fold({posted(2, Operation::update, moved_occurrence("s1", "s", 2, at(1)))});
  EXPECT_EQ(planned.finished.at(0).outcome, "unchanged");
  EXPECT_EQ(planned.finished.at(0).object_key, "s");
}

TEST(FoldPlanSeries, occurrences_alone_are_objects_until_their_master_arrives) {
  MemoryEvents store;
  store.fold({posted(1, Operation::update, moved_occurrence("s1", "s", 1, at(0))),
              posted(2, Operation::update, moved_occurrence("s2", "s", 2, at(0)))});
  EXPECT_EQ(store.shown(), (Shown{{"s1", "Moved"}, {"s2", "Moved"}}));
  const auto planned = store.fold({posted(3, Operation::update, master("s", "Series", at(1)))});
  EXPECT_THAT(actions(planned), ElementsAre("create s", "delete s1", "delete s2"))
      << "the series first, so that nothing is ever missing";
  EXPECT_EQ(store.shown(), (Shown{{"s", "Series"}}));
  EXPECT_EQ(object(store, "s").overrides.size(), 2u);
}

TEST(FoldPlanSeries, a_deleted_occurrence_excludes_its_date) {
  MemoryEvents store;
  store.fold(
      {delivery(1, Operation::create, "s", {master("s", "Series", at(0)), moved_occurrence("s1", "s", 2, at(1))})});
  const auto planned = store.fold({deleted(2, "s1")});
  EXPECT_THAT(actions(planned), ElementsAre("update s"));
  EXPECT_EQ(planned.finished.at(0).object_key, "s");
  EXPECT_THAT(object(store, "s").overrides, IsEmpty());
  EXPECT_EQ(object(store, "s").main.recurrence->exdates.size(), 1u);
}

TEST(FoldPlanSeries, a_deleted_master_takes_its_object_and_its_occurrences_along) {
  MemoryEvents store;
  store.fold(
      {delivery(1, Operation::create, "s", {master("s", "Series", at(0)), moved_occurrence("s1", "s", 2, at(1))})});
  const auto planned = store.fold({deleted(2, "s")});
  EXPECT_THAT(actions(planned), ElementsAre("delete s"));
  EXPECT_EQ(planned.finished.at(0).outcome, "delete");
  EXPECT_EQ(planned.finished.at(0).object_key, "s");
  EXPECT_THAT(store.shown(), IsEmpty());
}

TEST(FoldPlanSeries, an_event_that_becomes_part_of_a_series_takes_its_object_along) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, single("e", "Alone", at(0)))});
  const auto uid = store.objects.at("e").known.uid;
  auto in_series = moved_occurrence("e", "s", 1, at(1));
  const auto planned = store.fold({posted(2, Operation::update, in_series)});
  EXPECT_THAT(actions(planned), ElementsAre("update e")) << "not made twice";
  EXPECT_EQ(store.objects.at("e").group_key, "s");
  EXPECT_EQ(store.objects.at("e").known.uid, uid);
  EXPECT_EQ(planned.finished.at(0).object_key, "e");
}

TEST(FoldPlanSeries, an_event_that_joins_a_known_series_gives_its_object_up) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, single("e", "Alone", at(0))),
              posted(2, Operation::create, master("s", "Series", at(0)))});
  const auto planned = store.fold({posted(3, Operation::update, moved_occurrence("e", "s", 1, at(1)))});
  EXPECT_THAT(actions(planned), ElementsAre("update s", "delete e"));
  EXPECT_EQ(store.shown(), (Shown{{"s", "Series"}}));
  EXPECT_EQ(planned.finished.at(0).outcome, "update");
  EXPECT_EQ(planned.finished.at(0).object_key, "s");
}

TEST(FoldPlanSeries, an_object_that_moved_without_a_visible_change_is_found_when_its_series_is_deleted) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, single("e", "Same", at(0)))});
  auto in_series = single("e", "Same", at(1));
  in_series.type = EventType::occurrence;
  in_series.series_id = "s";
  store.fold({posted(2, Operation::update, in_series)});
  EXPECT_EQ(store.events.at("e").group_key, "s");
  store.fold({posted(3, Operation::update, master("s", "Series", at(2)))});
  store.fold({deleted(4, "s")});
  EXPECT_THAT(store.shown(), IsEmpty());
}

TEST(FoldPlanSeries, an_object_that_moved_without_a_visible_change_is_replaced_by_its_series) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, single("e", "Same", at(0)))});
  auto in_series = single("e", "Same", at(1));
  in_series.type = EventType::occurrence;
  in_series.series_id = "s";
  in_series.recurrence_id = in_series.start;
  store.fold({posted(2, Operation::update, in_series)});
  store.fold({posted(3, Operation::update, master("s", "Same", at(2)))});
  EXPECT_EQ(store.shown(), (Shown{{"s", "Same"}})) << "else the day is shown twice";
}

TEST(FoldPlanSeries, an_event_that_leaves_its_series_gets_its_object_back) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, master("s", "Series", at(0))),
              posted(2, Operation::update, moved_occurrence("e", "s", 2, at(0)))});
  store.fold({posted(3, Operation::update, single("e", "Alone", at(1)))});
  EXPECT_EQ(store.shown(), (Shown{{"e", "Alone"}, {"s", "Series"}}));
  EXPECT_THAT(object(store, "s").overrides, IsEmpty());
}

TEST(FoldPlanSeries, an_override_that_a_posted_object_no_longer_holds_was_removed) {
  MemoryEvents store;
  store.fold({posted_object(1, {master("s", "Series", at(0)), moved_occurrence("s/1", "s", 1, at(0)),
                                moved_occurrence("s/2", "s", 2, at(0))})});
  EXPECT_EQ(object(store, "s").overrides.size(), 2u);
  const auto planned =
      store.fold({posted_object(2, {master("s", "Series", at(5)), moved_occurrence("s/2", "s", 2, at(0))})});
  EXPECT_THAT(actions(planned), ElementsAre("update s"));
  EXPECT_EQ(planned.finished.at(0).object_key, "s");
  EXPECT_EQ(object(store, "s").overrides.size(), 1u);
  EXPECT_TRUE(store.events.at("s/1").event.deleted);
  EXPECT_FALSE(store.events.at("s/2").event.deleted);
}

TEST(FoldPlanSeries, an_override_that_came_and_went_within_one_batch_is_gone) {
  MemoryEvents store;
  store.fold({posted_object(1, {master("s", "Series", at(0)), moved_occurrence("s/1", "s", 1, at(0))}),
              posted_object(2, {master("s", "Series", at(5))})});
  EXPECT_THAT(object(store, "s").overrides, IsEmpty());
}

TEST(FoldPlanSeries, an_override_far_in_the_future_can_be_removed_too) {
  MemoryEvents store;  // an iCalendar object is the whole resource: no trigger's window narrows what its sender sees
  auto series = master("s", "Series", at(0));
  series.recurrence->rrule = "FREQ=DAILY";
  store.fold({posted_object(1, {series, moved_occurrence("s/1", "s", 400, at(0))})});
  series.last_modified = at(5);
  store.fold({posted_object(2, {series})});
  EXPECT_THAT(object(store, "s").overrides, IsEmpty());
}

TEST(FoldPlanSeries, a_posted_item_that_lacks_an_exception_removes_none) {
  MemoryEvents store;
  store.fold(
      {delivery(1, Operation::create, "s", {master("s", "Series", at(0)), moved_occurrence("s1", "s", 2, at(1))})});
  store.fold({posted(2, Operation::update, master("s", "Renamed", at(5)))});
  EXPECT_EQ(object(store, "s").overrides.size(), 1u);
}

TEST(FoldPlanSeries, an_older_posted_object_does_not_bring_a_removed_override_back) {
  MemoryEvents store;
  store.fold({posted_object(1, {master("s", "Series", at(5))})});
  store.fold({posted_object(2, {master("s", "Old", at(0)), moved_occurrence("s/1", "s", 1, at(0))})});
  EXPECT_EQ(store.shown(), (Shown{{"s", "Series"}}));
  EXPECT_THAT(object(store, "s").overrides, IsEmpty());
}

TEST(FoldPlanSeries, a_series_that_becomes_single_and_back_shows_nothing_of_what_it_was) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, master("s", "Series", at(0)))});
  store.fold({posted(2, Operation::update, moved_occurrence("s1", "s", 2, at(1)))});
  store.fold({posted(3, Operation::update, single("s", "Single", at(2)))});
  EXPECT_EQ(store.shown(), (Shown{{"s", "Single"}}));
  EXPECT_FALSE(object(store, "s").main.recurrence);
  store.fold({posted(4, Operation::update, master("s", "Series", at(3)))});
  EXPECT_EQ(store.shown(), (Shown{{"s", "Series"}}));
}

TEST(FoldPlanSeries, the_deletion_of_an_occurrence_is_told_as_the_change_of_its_series) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, moved_occurrence("s1", "s", 2, at(0)))});
  store.fold({posted(2, Operation::create, master("s", "Series", at(0)))});
  const auto planned = store.fold({deleted(3, "s1")});
  EXPECT_EQ(planned.finished.at(0).outcome, "update");
  EXPECT_EQ(planned.finished.at(0).object_key, "s");
  EXPECT_EQ(object(store, "s").main.recurrence->exdates.size(), 1u);
}

}  // namespace
}  // namespace calmux
