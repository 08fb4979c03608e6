#include "middleware/fold_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/middleware/memory_events.h"

namespace calmux {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Shown = std::map<std::string, std::string>;

std::vector<std::string> outcomes(const postgres::Plan& planned) {
  std::vector<std::string> result;
  for (const auto& one : planned.finished) result.push_back(one.outcome);
  return result;
}

std::string described(const postgres::PlannedAction& one) {
  return std::string(to_string(one.action.kind)) + ' ' + one.action.object_key;
}

std::vector<std::string> actions(const postgres::Plan& planned) {
  std::vector<std::string> result;
  for (const auto& one : planned.actions) result.push_back(described(one));
  return result;
}

TEST(FoldPlan, a_new_event_is_stored_created_and_finished) {
  MemoryEvents store;
  const auto planned = store.fold({posted(1, Operation::create, single("a", "Standup", at(0)))});
  ASSERT_EQ(planned.events.size(), 1u);
  EXPECT_EQ(planned.events[0].group_key, "a");
  EXPECT_EQ(planned.events[0].event.event.title, "Standup");
  ASSERT_EQ(planned.actions.size(), 1u);
  EXPECT_EQ(planned.actions[0].uid, mint_uid("default", "work", "a"));
  EXPECT_EQ(planned.actions[0].action.content->uid, planned.actions[0].uid);
  EXPECT_EQ(planned.actions[0].request_id, "r-1");
  ASSERT_EQ(planned.finished.size(), 1u);
  EXPECT_EQ(planned.finished[0].inbox_id, 1);
  EXPECT_EQ(planned.finished[0].operation, "create");
  EXPECT_EQ(planned.finished[0].outcome, "create");
  EXPECT_EQ(planned.finished[0].object_key, "a");
  EXPECT_EQ(planned.finished[0].request_id, "r-1");
}

TEST(FoldPlan, create_update_delete_stale_and_duplicate_go_together_in_one_batch) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, single("kept", "old", at(0))),
              posted(2, Operation::create, single("gone", "x", at(0))),
              posted(3, Operation::create, single("same", "s", at(0))),
              posted(4, Operation::create, single("newer", "n", at(9)))});
  const auto planned = store.fold({posted(5, Operation::create, single("new", "fresh", at(1))),
                                   posted(6, Operation::update, single("kept", "changed", at(1))), deleted(7, "gone"),
                                   posted(8, Operation::update, single("same", "s", at(0))),
                                   posted(9, Operation::update, single("newer", "too old", at(1)))});
  EXPECT_THAT(outcomes(planned), ElementsAre("create", "update", "delete", "unchanged", "stale"));
  EXPECT_THAT(actions(planned), ::testing::UnorderedElementsAre("create new", "update kept", "delete gone"));
  for (const auto& one : planned.finished) {
    EXPECT_EQ(one.object_key, one.source_event_id);
    EXPECT_FALSE(one.reason.empty()) << one.source_event_id;
  }
  EXPECT_EQ(store.shown(), (Shown{{"kept", "changed"}, {"new", "fresh"}, {"newer", "n"}, {"same", "s"}}));
  EXPECT_TRUE(store.events.at("gone").event.deleted);
}

TEST(FoldPlan, several_deliveries_of_one_event_make_one_action_for_the_newest) {
  MemoryEvents store;
  const auto planned = store.fold({posted(1, Operation::update, single("a", "third", at(3))),
                                   posted(2, Operation::create, single("a", "first", at(1))),
                                   posted(3, Operation::update, single("a", "second", at(2)))});
  EXPECT_THAT(actions(planned), ElementsAre("create a"));
  EXPECT_EQ(planned.actions[0].request_id, "r-3") << "the last delivery of the batch names the request";
  EXPECT_EQ(store.shown(), (Shown{{"a", "third"}}));
  ASSERT_EQ(planned.finished.size(), 3u);
  for (const auto& one : planned.finished) EXPECT_EQ(one.object_key, "a");
}

TEST(FoldPlan, created_and_deleted_in_one_batch_writes_nothing) {
  MemoryEvents store;
  const auto planned = store.fold({posted(1, Operation::create, single("a", "brief", at(0))), deleted(2, "a")});
  EXPECT_THAT(actions(planned), IsEmpty());
  EXPECT_THAT(store.shown(), IsEmpty());
  EXPECT_TRUE(store.events.at("a").event.deleted);
  EXPECT_EQ(planned.finished.size(), 2u);
}

TEST(FoldPlan, the_deletion_of_an_unknown_event_is_remembered) {
  MemoryEvents store;
  const auto planned = store.fold({deleted(1, "a")});
  EXPECT_THAT(actions(planned), IsEmpty());
  EXPECT_THAT(outcomes(planned), ElementsAre("unchanged"));
  ASSERT_EQ(planned.events.size(), 1u);
  EXPECT_TRUE(planned.events[0].event.deleted);
  EXPECT_THAT(outcomes(store.fold({posted(2, Operation::update, single("a", "late", at(0)))})), ElementsAre("late"));
  EXPECT_THAT(store.shown(), IsEmpty());
}

TEST(FoldPlan, a_deletion_outside_the_triggers_window_is_no_proof) {
  MemoryEvents store;
  auto far = single("far", "Next year", at(0));
  far.start = DateValue::utc(noon + std::chrono::days{400});
  far.end = DateValue::utc(noon + std::chrono::days{400} + 1h);
  store.fold({posted(1, Operation::create, far)});
  EXPECT_THAT(outcomes(store.fold({deleted(2, "far")})), ElementsAre("outside_window"));
  EXPECT_EQ(store.shown(), (Shown{{"far", "Next year"}}));
}

TEST(FoldPlan, a_second_run_writes_nothing) {
  MemoryEvents store;
  const std::vector<DecodedDelivery> batch{posted(1, Operation::create, single("a", "one", at(0))),
                                           posted(2, Operation::create, master("s", "series", at(0))),
                                           posted(3, Operation::update, moved_occurrence("s1", "s", 2, at(1))),
                                           deleted(4, "x")};
  store.fold(batch);
  const auto again = store.fold(batch);
  EXPECT_THAT(actions(again), IsEmpty());
  EXPECT_THAT(again.events, IsEmpty());
  EXPECT_EQ(again.finished.size(), 4u);
}

TEST(FoldPlan, planning_twice_gives_the_same) {
  MemoryEvents store;
  store.fold({posted(1, Operation::create, single("a", "one", at(0))),
              posted(2, Operation::create, master("s", "series", at(0)))});
  const std::vector<DecodedDelivery> batch{posted(3, Operation::update, single("a", "two", at(1))),
                                           posted(4, Operation::update, moved_occurrence("s1", "s", 2, at(1))),
                                           deleted(5, "a"), posted(6, Operation::create, single("b", "new", at(1)))};
  const auto groups = store.load(batch);
  const auto first = plan(batch, groups, rules(), noon);
  const auto second = plan(batch, groups, rules(), noon);
  EXPECT_EQ(actions(first), actions(second));
  EXPECT_EQ(outcomes(first), outcomes(second));
  ASSERT_EQ(first.events.size(), second.events.size());
  for (std::size_t i = 0; i < first.events.size(); ++i) EXPECT_EQ(first.events[i].event, second.events[i].event);
  for (std::size_t i = 0; i < first.actions.size(); ++i)
    EXPECT_EQ(first.actions[i].action.content, second.actions[i].action.content);
}

TEST(FoldPlan, sources_that_use_the_same_id_do_not_meet) {
  auto home = posted(2, Operation::create, single("a", "at home", at(0)));
  home.delivery.source_id = "home";
  const std::vector<DecodedDelivery> batch{posted(1, Operation::create, single("a", "at work", at(0))), home};
  const std::vector<postgres::Group> groups{{"home", "a", {}, {}}, {"work", "a", {}, {}}};
  const auto planned = plan(batch, groups, rules(), noon);
  ASSERT_EQ(planned.actions.size(), 2u);
  EXPECT_NE(planned.actions[0].uid, planned.actions[1].uid);
  EXPECT_THAT(outcomes(planned), ElementsAre("create", "create"));
}

TEST(FoldPlan, an_event_older_than_the_limit_is_not_created_and_says_why) {
  MemoryEvents store;
  auto with = rules();
  with.max_event_age = std::chrono::days{30};
  auto old = single("old", "Long ago", at(0));
  old.start = DateValue::utc(noon - std::chrono::days{40});
  old.end = DateValue::utc(noon - std::chrono::days{40} + 1h);
  const auto planned = store.fold({posted(1, Operation::create, old)}, with);
  EXPECT_THAT(actions(planned), IsEmpty());
  EXPECT_THAT(outcomes(planned), ElementsAre("skip"));
  EXPECT_THAT(planned.finished[0].reason, ::testing::HasSubstr("30 days"));
}

TEST(FoldPlan, warnings_of_the_way_in_reach_the_trace) {
  auto event = single("a", "x", at(0));
  event.warnings = {"unknown zone"};
  MemoryEvents store;
  EXPECT_THAT(store.fold({posted(1, Operation::create, event)}).finished[0].warnings, ElementsAre("unknown zone"));
}

TEST(FoldPlan, refs_name_every_event_with_the_group_that_the_delivery_says) {
  const auto refs =
      refs_of(std::vector{posted(1, Operation::create, single("a", "x", at(0))), deleted(2, "b"),
                          posted_object(3, {master("s", "x", at(0)), moved_occurrence("s/1", "s", 2, at(0))})});
  std::vector<std::string> told;
  for (const auto& ref : refs)
    told.push_back(ref.source_id + ' ' + ref.source_event_id + ' ' + ref.series_id + ' ' + ref.group_keys.at(0));
  EXPECT_THAT(told, ElementsAre("work a  a", "work b  b", "work s  s", "work s/1 s s"));
}

}  // namespace
}  // namespace calmux
