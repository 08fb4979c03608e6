#include "postgres/event_store.h"

#include <future>
#include <map>

#include "database_test.h"

namespace calmux::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class EventStoreTest : public DatabaseTest {
 protected:
  Result<void> fold(const Event& one, const std::string& worker = "a") {
    const EventRef ref{
        "work", one.source_event_id, one.series_id, {one.series_id.empty() ? one.source_event_id : one.series_id}};
    return events_.fold(std::span(&ref, 1), worker,
                        [&](std::span<const Group> groups) { return plan_for(groups, one); });
  }

  std::vector<Group> load(const EventRef& ref) {
    std::vector<Group> seen;
    must(events_.fold(std::span(&ref, 1), "a", [&](std::span<const Group> groups) {
      seen.assign(groups.begin(), groups.end());
      return Plan{};
    }));
    return seen;
  }

  std::int64_t object_id() const { return std::stoll(sql("SELECT id FROM calendar_objects")); }

  /// Asks for the deletion of the only object and its event.
  void remove(const Event& one) {
    const EventRef ref{"work", one.source_event_id, "", {one.source_event_id}};
    must(events_.fold(std::span(&ref, 1), "a", [&](std::span<const Group>) {
      Plan plan;
      plan.events.push_back({"work", one.source_event_id, known(one)});
      plan.events[0].event.deleted = true;
      plan.events[0].event.deleted_at = std::chrono::sys_seconds{seconds{1'700'000'000}};
      Action action;
      action.kind = ActionKind::delete_;
      action.object_id = object_id();
      action.object_key = one.source_event_id;
      plan.actions.push_back({"work", one.source_event_id, action, "", "", "request"});
      return plan;
    }));
  }
};

TEST_F(EventStoreTest, what_was_stored_is_loaded_again_without_loss) {
  auto one = event("e1", "J\u00f6rg's \"meeting\"", "series");
  one.last_modified = SourceTime{std::chrono::microseconds{1'700'000'000'123'457}};
  one.recurrence_id = DateValue::date(std::chrono::year{2026} / 8 / 10);
  one.uid = "uid";
  const EventRef ref{"work", "e1", "series", {"series"}};
  SourceEvent stored = known(one, 42);
  stored.version.modified = one.last_modified;
  stored.deleted = true;
  stored.deleted_at = std::chrono::sys_seconds{seconds{1'700'000'001}};
  must(events_.fold(std::span(&ref, 1), "a", [&](std::span<const Group> groups) {
    EXPECT_THAT(groups, SizeIs(1));
    EXPECT_THAT(groups[0].events, IsEmpty());
    auto plan = plan_for(groups, one);
    plan.events[0].event = stored;
    return plan;
  }));
  const auto groups = load(ref);
  ASSERT_THAT(groups, SizeIs(1));
  EXPECT_EQ(groups[0].source_id, "work");
  EXPECT_EQ(groups[0].group_key, "series");
  EXPECT_THAT(groups[0].events, ElementsAre(stored));
  ASSERT_THAT(groups[0].objects, SizeIs(1));
  EXPECT_EQ(groups[0].objects[0].object_key, "e1");
  EXPECT_EQ(groups[0].objects[0].uid, "uid-e1");
  EXPECT_EQ(groups[0].objects[0].desired, object(one));
}

TEST_F(EventStoreTest, deletion_that_knows_only_its_own_id_gets_the_stored_group_too) {
  must(fold(event("e1", "x", "series")));
  const auto groups = load({"work", "e1", "", {"e1"}});
  ASSERT_THAT(groups, SizeIs(2));
  EXPECT_THAT(groups[0].events, IsEmpty());
  EXPECT_EQ(groups[1].group_key, "series");
  EXPECT_THAT(groups[1].events, SizeIs(1));
}

TEST_F(EventStoreTest, object_follows_its_event_to_another_group) {
  must(fold(event("e1")));
  const EventRef ref{"work", "e1", "series", {"series"}};
  must(events_.fold(std::span(&ref, 1), "a", [&](std::span<const Group>) {
    Plan plan;
    plan.events.push_back({"work", "series", known(event("e1", "Stand-up", "series"))});
    return plan;
  }));
  EXPECT_EQ(sql("SELECT group_key FROM calendar_objects"), "series");
}

TEST_F(EventStoreTest, deliveries_are_finished_with_their_history_and_the_version_they_wait_for) {
  must(inbox_.accept(std::vector{delivery("e1", "1")}));
  const auto claimed = must(inbox_.claim("a", 10, seconds{60}));
  const EventRef ref{"work", "e1", "", {"e1"}};
  const auto decide = [&](std::span<const Group> groups) {
    auto plan = plan_for(groups, event("e1"));
    Finished finished{claimed[0].id, "work", "e1", claimed[0].request_id, "create",
                      "create",      "new",  "e1", {"zone \"X\" unknown"}};
    plan.finished.push_back(finished);
    return plan;
  };
  must(events_.fold(std::span(&ref, 1), "a", decide));
  EXPECT_EQ(sql("SELECT state || outcome || reason || object_version FROM inbox"), "donecreatenew1");
  EXPECT_EQ(sql("SELECT status || warnings::text || detail FROM sync_history"),
            "success[\"zone \\\"X\\\" unknown\"]new");
  EXPECT_EQ(sql("SELECT sync_status || caldav_uid FROM event_mappings"), "pendinguid-e1");

  must(events_.fold(std::span(&ref, 1), "a", decide));
  EXPECT_EQ(number("SELECT count(*) FROM sync_history"), 1) << "finished already: nothing to finish twice";
}

TEST_F(EventStoreTest, delivery_whose_claim_was_lost_is_not_finished_but_what_it_said_is_kept) {
  must(inbox_.accept(std::vector{delivery("e1", "1")}));
  const auto claimed = must(inbox_.claim("a", 10, seconds{0}));
  must(inbox_.claim("b", 10, seconds{60}));
  const EventRef ref{"work", "e1", "", {"e1"}};
  must(events_.fold(std::span(&ref, 1), "a", [&](std::span<const Group> groups) {
    auto plan = plan_for(groups, event("e1"));
    plan.finished.push_back({claimed[0].id, "work", "e1", "r", "create", "create", "", "e1", {}});
    return plan;
  }));
  EXPECT_EQ(sql("SELECT state || claimed_by FROM inbox"), "runningb");
  EXPECT_EQ(number("SELECT count(*) FROM sync_history"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM source_events"), 1);
}

TEST_F(EventStoreTest, concurrent_folds_of_the_same_groups_lose_no_update) {
  constexpr int folders = 6;
  constexpr int rounds = 15;
  std::vector<std::future<void>> running;
  for (int f = 0; f < folders; ++f) {
    running.push_back(std::async(std::launch::async, [this, f] {
      for (int round = 0; round < rounds; ++round) {
        std::vector<EventRef> refs;
        for (int e = 0; e < 5; ++e) {
          const auto id = "e" + std::to_string((e * (f % 2 == 0 ? 1 : 4)) % 5);  // half of them in the opposite order
          refs.push_back({"work", id, "", {id}});
        }
        must(events_.fold(refs, "a", [&](std::span<const Group> groups) {
          Plan all;
          for (const auto& group : groups) {
            // Counts in the title what was folded so far: a lost update is a missing count.
            const int count = group.events.empty() ? 1 : std::stoi(group.events[0].event.title) + 1;
            auto plan = plan_for(groups, event(group.group_key, std::to_string(count)));
            all.events.push_back(plan.events[0]);
            all.actions.push_back(plan.actions[0]);
          }
          return all;
        }));
      }
    }));
  }
  for (auto& one : running) one.get();
  EXPECT_EQ(sql("SELECT string_agg(event ->> 'title', ' ') FROM source_events"), "90 90 90 90 90");
  EXPECT_EQ(sql("SELECT string_agg(desired_version::text, ' ') FROM calendar_objects"), "90 90 90 90 90");
  EXPECT_EQ(number("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), 0);
}

TEST_F(EventStoreTest, event_that_moves_between_finding_and_locking_its_group_is_loaded_with_its_new_group) {
  must(fold(event("e1")));
  // Another folder holds the event's group, moves the event and lets go.
  std::promise<void> inside;
  std::promise<void> go_on;
  auto mover = std::async(std::launch::async, [&] {
    const std::vector<EventRef> refs{{"work", "e1", "series", {"series"}}};
    must(events_.fold(refs, "b", [&](std::span<const Group>) {
      inside.set_value();
      go_on.get_future().wait();
      Plan plan;
      plan.events.push_back({"work", "series", known(event("e1", "moved", "series"))});
      return plan;
    }));
  });
  inside.get_future().wait();
  auto loader = std::async(std::launch::async, [&] { return load({"work", "e1", "", {"e1"}}); });
  std::this_thread::sleep_for(milliseconds{150});
  go_on.set_value();
  mover.get();
  const auto groups = loader.get();
  ASSERT_THAT(groups, SizeIs(2));
  EXPECT_EQ(groups[1].group_key, "series");
  ASSERT_THAT(groups[1].events, SizeIs(1));
  EXPECT_EQ(groups[1].events[0].event.title, "moved");
}

TEST_F(EventStoreTest, plan_that_is_refused_stores_nothing) {
  auto bad = event("e1", std::string("a\0b", 3));
  const auto refused = fold(bad);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::database_refused);
  EXPECT_EQ(number("SELECT count(*) FROM source_events"), 0);
}

TEST_F(EventStoreTest, stored_event_that_cannot_be_read_names_itself) {
  must(fold(event("e1")));
  sql("UPDATE source_events SET event = '{\"type\": \"unheard of\"}'");
  const auto refused = fold(event("e1"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("'e1' in source_events"));
}

TEST_F(EventStoreTest, object_that_never_left_is_deleted_at_once) {
  must(fold(event("e1")));
  remove(event("e1"));
  EXPECT_EQ(sql("SELECT state || (desired IS NULL) || (written_version = desired_version) FROM calendar_objects"),
            "cleantruetrue");
  EXPECT_EQ(sql("SELECT sync_status FROM event_mappings"), "deleted");
  EXPECT_THAT(must(objects_.claim("w", 10, seconds{60})), IsEmpty());
}

TEST_F(EventStoreTest, deleted_event_that_comes_back_takes_up_its_object_again) {
  must(fold(event("e1")));
  const auto id = object_id();
  sql("UPDATE calendar_objects SET href = '/cal/e1.ics'");
  remove(event("e1"));
  must(fold(event("e1", "back")));
  EXPECT_EQ(object_id(), id);
  EXPECT_EQ(sql("SELECT state || href || uid || desired_version FROM calendar_objects"), "pending/cal/e1.icsuid-e13");
  EXPECT_EQ(sql("SELECT sync_status || (object_id IS NOT NULL) FROM event_mappings"), "pendingtrue");
}

}  // namespace
}  // namespace calmux::postgres
