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

/// An event as it is told under one of its ids.
Event told(Event event, SourceTime created, const std::string& uid = "U") {
  event.uid = uid;
  event.created = created;
  return event;
}

Event occurrence(const std::string& id, const std::string& series, int day, SourceTime modified) {
  auto event = moved_occurrence(id, series, day, modified);
  event.title = "Day " + std::to_string(day);
  return event;
}

std::vector<std::string> actions(const postgres::Plan& planned) {
  std::vector<std::string> result;
  for (const auto& one : planned.actions)
    result.push_back(std::string(to_string(one.action.kind)) + ' ' + one.action.object_key);
  return result;
}

TEST(FoldPlanRelink, an_event_that_comes_back_under_a_new_id_keeps_its_resource) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, told(single("a", "Invited", at(0)), at(0)))});
  const auto uid = store.objects.at("a").known.uid;
  const auto accepted = store.fold({posted(2, Operation::create, told(single("b", "Accepted", at(1)), at(1)))});
  EXPECT_THAT(actions(accepted), ElementsAre("update b"));
  EXPECT_EQ(accepted.finished.at(0).outcome, "update");
  EXPECT_EQ(store.objects.at("b").known.uid, uid);
  EXPECT_EQ(store.shown(), (Shown{{"b", "Accepted"}}));

  EXPECT_THAT(actions(store.fold({deleted(3, "a")})), IsEmpty()) << "the old id goes, its event stays";
  EXPECT_EQ(store.shown(), (Shown{{"b", "Accepted"}}));
}

TEST(FoldPlanRelink, it_is_found_again_after_its_old_id_was_deleted) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, told(single("a", "Invited", at(0)), at(0)))});
  const auto uid = store.objects.at("a").known.uid;
  store.fold({deleted(2, "a")});
  EXPECT_EQ(store.shown(), Shown{});
  store.fold({posted(3, Operation::create, told(single("b", "Accepted", at(1)), at(1)))});
  EXPECT_EQ(store.objects.at("b").known.uid, uid);
  EXPECT_EQ(store.objects.size(), 1u);
}

TEST(FoldPlanRelink, both_in_one_batch_are_one_change) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, told(single("a", "Invited", at(0)), at(0)))});
  const auto planned =
      store.fold({deleted(2, "a"), posted(3, Operation::create, told(single("b", "Accepted", at(1)), at(1)))});
  EXPECT_THAT(actions(planned), ElementsAre("update b"));
}

TEST(FoldPlanRelink, what_is_told_again_of_the_old_id_changes_nothing) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, told(single("a", "Invited", at(0)), at(0))),
              posted(2, Operation::create, told(single("b", "Accepted", at(1)), at(1)))});
  EXPECT_EQ(store.shown(), (Shown{{"b", "Accepted"}}));
  store.fold({posted(3, Operation::update, told(single("a", "Renamed late", at(2)), at(0)))});
  EXPECT_EQ(store.shown(), (Shown{{"b", "Accepted"}})) << "the id that was created last counts";
}

TEST(FoldPlanRelink, the_last_of_several_ids_takes_the_event_along) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, told(single("a", "Invited", at(0)), at(0))),
              posted(2, Operation::create, told(single("b", "Accepted", at(1)), at(1)))});
  store.fold({deleted(3, "b")});
  EXPECT_EQ(store.shown(), (Shown{{"a", "Invited"}}));
  store.fold({deleted(4, "a")});
  EXPECT_EQ(store.shown(), Shown{});
  EXPECT_EQ(store.objects.size(), 1u);
}

TEST(FoldPlanRelink, events_without_a_uid_or_of_different_ones_have_nothing_in_common) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, single("a", "One", at(0))),
              posted(2, Operation::create, single("b", "Two", at(0))),
              posted(3, Operation::create, told(single("c", "Three", at(0)), at(0), "V")),
              posted(4, Operation::create, told(single("d", "Four", at(0)), at(0), "W"))});
  EXPECT_EQ(store.shown().size(), 4u);
}

TEST(FoldPlanRelink, a_series_under_a_new_id_keeps_its_resource_and_what_was_known_of_its_dates) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, told(occurrence("a1", "a", 2, at(0)), at(0))),
              posted(2, Operation::create, told(occurrence("a2", "a", 3, at(0)), at(0)))});
  EXPECT_EQ(store.shown(), (Shown{{"a1", "Day 2"}, {"a2", "Day 3"}}));
  store.fold({posted(3, Operation::create, told(master("b", "Series", at(1)), at(1)))});
  EXPECT_EQ(store.shown(), (Shown{{"b", "Series"}}));
  EXPECT_EQ(store.objects.at("b").known.desired->overrides.size(), 2u);
}

TEST(FoldPlanRelink, occurrences_that_go_with_their_old_id_are_not_excluded_from_the_new_one) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, told(occurrence("a1", "a", 2, at(0)), at(0)))});
  store.fold({posted(2, Operation::create, told(master("b", "Series", at(1)), at(1))), deleted(3, "a1")});
  const auto& series = *store.objects.at("b").known.desired;
  EXPECT_THAT(series.overrides, IsEmpty());
  EXPECT_THAT(series.main.recurrence->exdates, IsEmpty());
}

TEST(FoldPlanRelink, one_date_told_under_two_ids_is_shown_once) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, told(occurrence("a1", "a", 2, at(0)), at(0)))});
  const auto uid = store.objects.at("a1").known.uid;
  store.fold({posted(2, Operation::create, told(occurrence("b1", "b", 2, at(1)), at(1))),
              posted(3, Operation::create, told(occurrence("b2", "b", 3, at(1)), at(1)))});
  EXPECT_EQ(store.shown(), (Shown{{"b1", "Day 2"}, {"b2", "Day 3"}}));
  EXPECT_EQ(store.objects.at("b1").known.uid, uid);
}

TEST(FoldPlanRelink, a_sparse_occurrence_finds_its_series_by_its_id) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, told(master("s", "Series", at(0)), at(0)))});
  store.fold({posted(2, Operation::update, moved_occurrence("s1", "s", 2, at(1)))});
  EXPECT_EQ(store.shown(), (Shown{{"s", "Series"}}));
  EXPECT_EQ(store.events.at("s1").group_key, store.events.at("s").group_key);
}

TEST(FoldPlanRelink, a_master_finds_its_occurrences_whether_they_have_its_uid_or_not) {
  MemoryEvents store;
  store.fold({posted(1, Operation::update, moved_occurrence("s1", "s", 1, at(0)))});
  store.fold({posted(2, Operation::update, told(moved_occurrence("s2", "s", 2, at(0)), at(0)))});
  EXPECT_EQ(store.events.at("s1").group_key, store.events.at("s2").group_key);
  store.fold({posted(3, Operation::create, master("s", "Series", at(1)))});
  EXPECT_EQ(store.shown(), (Shown{{"s", "Series"}}));
  EXPECT_EQ(store.objects.at("s").known.desired->overrides.size(), 2u);
}

TEST(FoldPlanRelink, an_event_whose_uid_changes_leaves_those_that_keep_it) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, told(single("a", "One", at(0)), at(0))),
              posted(2, Operation::create, told(single("b", "Two", at(1)), at(1)))});
  EXPECT_EQ(store.shown(), (Shown{{"b", "Two"}}));
  store.fold({posted(3, Operation::update, told(single("b", "Two", at(2)), at(1), "V"))});
  EXPECT_EQ(store.shown(), (Shown{{"a", "One"}, {"b", "Two"}})) << "nothing is lost";
}

}  // namespace
}  // namespace calmux
