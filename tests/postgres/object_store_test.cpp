#include "postgres/object_store.h"

#include <thread>

#include "database_test.h"

namespace calmux::postgres {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class ObjectStoreTest : public DatabaseTest {
 protected:
  void want(const std::string& id, const std::string& title = "Stand-up") {
    const EventRef ref{"work", id, "", {id}};
    must(events_.fold(std::span(&ref, 1), "a",
                      [&](std::span<const Group> groups) { return plan_for(groups, event(id, title)); }));
  }
  void want_deleted(const std::string& id) {
    const EventRef ref{"work", id, "", {id}};
    must(events_.fold(std::span(&ref, 1), "a", [&](std::span<const Group> groups) {
      auto plan = plan_for(groups, event(id));
      plan.events[0].event.deleted = true;
      plan.actions[0].action.kind = ActionKind::delete_;
      plan.actions[0].action.content.reset();
      return plan;
    }));
  }

  std::vector<ClaimedObject> claim(const std::string& worker = "w") {
    return must(objects_.claim(worker, 10, seconds{60}));
  }

  static WriteOutcome outcome(const ClaimedObject& object, WriteResult result) {
    WriteOutcome one;
    one.id = object.id;
    one.version = object.desired_version;
    one.request_id = object.request_id;
    one.result = result;
    one.href = "/cal/" + object.uid + ".ics";
    one.etag = "\"" + std::to_string(object.desired_version) + "\"";
    one.normalised = "hash" + std::to_string(object.desired_version);
    one.answer = "201 Created";
    return one;
  }
  void record(const WriteOutcome& one, const std::string& worker = "w") {
    must(objects_.record(std::span(&one, 1), worker));
  }
  /// Claims the only due object and records this.
  void write(WriteResult result) {
    const auto claimed = claim();
    ASSERT_THAT(claimed, SizeIs(1));
    record(outcome(claimed[0], result));
  }
  std::string state() const { return sql("SELECT state FROM calendar_objects"); }
  std::string status() const { return sql("SELECT sync_status FROM event_mappings"); }
  std::string history() const {
    return sql(
        "SELECT string_agg(operation_type || '/' || status || '/' || outcome, ' ' ORDER BY id) FROM sync_history");
  }
};

TEST_F(ObjectStoreTest, ten_versions_between_two_writes_are_one_write) {
  for (int i = 0; i < 10; ++i) want("e1", "title " + std::to_string(i));
  const auto claimed = claim();
  ASSERT_THAT(claimed, SizeIs(1));
  EXPECT_EQ(claimed[0].desired_version, 10);
  EXPECT_EQ(claimed[0].desired->main.title, "title 9");
  EXPECT_EQ(claimed[0].request_id, "request");
  EXPECT_EQ(claimed[0].attempt, 1);
  record(outcome(claimed[0], WriteResult::created));
  EXPECT_EQ(state(), "clean");
  EXPECT_EQ(status(), "synced");
  EXPECT_EQ(sql("SELECT caldav_url FROM event_mappings"), "/cal/uid-e1.ics");
  EXPECT_EQ(sql("SELECT written_normalised || etag || (written = desired) FROM calendar_objects"), "hash10\"10\"true");
  EXPECT_EQ(history(), "create/success/created");
  EXPECT_THAT(claim(), IsEmpty());
}

TEST_F(ObjectStoreTest, version_that_moved_during_the_write_is_written_next_and_the_base_is_what_was_written) {
  want("e1", "one");
  const auto claimed = claim();
  want("e1", "two");
  want("e1", "three");
  EXPECT_THAT(claim("other"), IsEmpty()) << "it is being written";
  record(outcome(claimed[0], WriteResult::created));
  EXPECT_EQ(state(), "pending");
  EXPECT_EQ(status(), "pending");
  EXPECT_EQ(sql("SELECT written -> 'main' ->> 'title' FROM calendar_objects"), "one");
  const auto next = claim();
  ASSERT_THAT(next, SizeIs(1));
  EXPECT_EQ(next[0].desired->main.title, "three");
  EXPECT_EQ(next[0].etag, "\"1\"");
  EXPECT_EQ(next[0].href, "/cal/uid-e1.ics");
  EXPECT_EQ(next[0].attempt, 1);
}

TEST_F(ObjectStoreTest, deletion_decided_during_the_first_write_is_written_afterwards) {
  want("e1");
  const auto claimed = claim();
  want_deleted("e1");
  EXPECT_EQ(state(), "writing");
  record(outcome(claimed[0], WriteResult::created));
  const auto next = claim();
  ASSERT_THAT(next, SizeIs(1));
  EXPECT_FALSE(next[0].desired);
  record(outcome(next[0], WriteResult::deleted));
  EXPECT_EQ(state(), "clean");
  EXPECT_EQ(sql("SELECT etag || href FROM calendar_objects"), "/cal/uid-e1.ics");
  EXPECT_EQ(status(), "deleted");
  EXPECT_EQ(history(), "create/success/created delete/success/deleted");
}

TEST_F(ObjectStoreTest, deletion_after_a_write_of_unknown_effect_is_written) {
  want("e1");
  const auto claimed = claim();
  record(outcome(claimed[0], WriteResult::retry));
  want("e1", "newer");
  want_deleted("e1");
  EXPECT_EQ(state(), "pending");
  EXPECT_THAT(claim(), SizeIs(1));
}

TEST_F(ObjectStoreTest, outcome_of_a_claim_that_was_lost_changes_nothing) {
  want("e1");
  const auto lost = must(objects_.claim("slow", 10, seconds{0}));
  const auto claimed = claim();
  ASSERT_THAT(claimed, SizeIs(1));
  EXPECT_EQ(claimed[0].attempt, 2);
  record(outcome(lost[0], WriteResult::created), "slow");
  EXPECT_EQ(state(), "writing");
  EXPECT_EQ(history(), "");
  record(outcome(claimed[0], WriteResult::created));
  record(outcome(claimed[0], WriteResult::error));
  EXPECT_EQ(state(), "clean") << "a claim is recorded once";
}

TEST_F(ObjectStoreTest, retries_wait_for_their_delay_and_only_the_first_is_history) {
  want("e1");
  for (int i = 0; i < 3; ++i) {
    const auto claimed = claim();
    ASSERT_THAT(claimed, SizeIs(1));
    EXPECT_EQ(claimed[0].attempt, i + 1);
    auto again = outcome(claimed[0], WriteResult::retry);
    again.delay = milliseconds{100};
    again.answer = "503";
    record(again);
    EXPECT_THAT(claim(), IsEmpty());
    const auto due = must(objects_.next_due());
    ASSERT_TRUE(due);
    EXPECT_GT(*due, milliseconds{0});
    EXPECT_LE(*due, milliseconds{100});
    std::this_thread::sleep_for(milliseconds{120});
  }
  EXPECT_EQ(history(), "create/pending/retry");
  EXPECT_EQ(sql("SELECT last_error FROM calendar_objects"), "503");
  write(WriteResult::created);
  EXPECT_EQ(sql("SELECT last_error IS NULL FROM calendar_objects"), "t");
}

TEST_F(ObjectStoreTest, object_given_up_waits_for_a_new_version_or_a_replay) {
  want("e1");
  write(WriteResult::error);
  EXPECT_EQ(state() + status(), "errorerror");
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(must(objects_.next_due()), std::nullopt);
  EXPECT_EQ(must(objects_.replay_errors()), 1);
  EXPECT_EQ(state() + status(), "pendingpending");
  write(WriteResult::error);
  want("e1", "new version");
  sql("UPDATE calendar_objects SET next_attempt_at = now(), not_before = NULL");
  write(WriteResult::created);
  EXPECT_EQ(state() + status(), "cleansynced");
}

TEST_F(ObjectStoreTest, writes_in_quick_succession_are_spaced_and_deletions_are_not) {
  const auto wait_ms = [this] { return must(objects_.next_due()).value_or(milliseconds{0}).count(); };
  want("e1", "1");
  write(WriteResult::created);
  want("e1", "2");
  write(WriteResult::updated);  // the first two are due at once
  want("e1", "3");
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_GT(wait_ms(), 500);
  EXPECT_LE(wait_ms(), 1000);
  const auto a_second_passes =
      "UPDATE calendar_objects SET next_attempt_at = now() - interval '1 s', not_before = now() - interval '1 s'";
  for (const int expected : {2000, 4000, 8000, 16000, 30000, 30000}) {
    sql(a_second_passes);
    write(WriteResult::updated);
    want("e1", std::to_string(expected));
    EXPECT_GT(wait_ms(), expected - 500);
    EXPECT_LE(wait_ms(), expected);
  }
  want_deleted("e1");
  write(WriteResult::deleted);
  EXPECT_EQ(state(), "clean");
}

TEST_F(ObjectStoreTest, burst_is_forgotten_after_ten_quiet_seconds) {
  want("e1", "1");
  write(WriteResult::created);
  want("e1", "2");
  write(WriteResult::updated);
  sql("UPDATE calendar_objects SET last_write_at = now() - interval '15 s', not_before = now() - interval '11 s'");
  want("e1", "3");
  write(WriteResult::updated);
  want("e1", "4");
  EXPECT_THAT(claim(), SizeIs(1));
}

TEST_F(ObjectStoreTest, objects_become_due_in_the_order_of_their_actions) {
  const std::vector<EventRef> refs{{"work", "z", "", {"z"}}, {"work", "a", "", {"a"}}};
  must(events_.fold(refs, "a", [&](std::span<const Group> groups) {
    auto plan = plan_for(groups, event("z"));
    plan.actions.push_back(plan_for(groups, event("a")).actions[0]);
    return plan;
  }));
  const auto claimed = claim();
  ASSERT_THAT(claimed, SizeIs(2));
  EXPECT_EQ(claimed[0].uid, "uid-z");
  EXPECT_EQ(claimed[1].uid, "uid-a");
}

TEST_F(ObjectStoreTest, deletion_waits_for_the_object_that_takes_its_place) {
  want("single");
  write(WriteResult::created);
  const EventRef ref{"work", "series", "", {"series", "single"}};
  must(events_.fold(std::span(&ref, 1), "a", [&](std::span<const Group> groups) {
    auto plan = plan_for(groups, event("series"));
    auto gone = plan_for(groups, event("single")).actions[0];
    gone.action.kind = ActionKind::delete_;
    gone.action.content.reset();
    gone.action.after_key = "series";
    plan.actions.insert(plan.actions.begin(), gone);
    return plan;
  }));
  const auto first = claim();
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].uid, "uid-series");
  EXPECT_THAT(claim("another"), IsEmpty()) << "while it is being written";
  record(outcome(first[0], WriteResult::error));
  EXPECT_THAT(claim(), IsEmpty()) << "where it could not be written the single one stays";
  EXPECT_EQ(must(objects_.replay_errors()), 1);
  write(WriteResult::created);
  const auto then = claim();
  ASSERT_THAT(then, SizeIs(1));
  EXPECT_EQ(then[0].uid, "uid-single");
  EXPECT_FALSE(then[0].desired);
}

TEST_F(ObjectStoreTest, object_that_cannot_be_read_does_not_hold_up_the_others) {
  want("bad");
  want("good");
  sql("UPDATE calendar_objects SET desired = '{}' WHERE object_key = 'bad'");
  const auto claimed = claim();
  ASSERT_THAT(claimed, SizeIs(1));
  EXPECT_EQ(claimed[0].uid, "uid-good");
  EXPECT_EQ(sql("SELECT state FROM calendar_objects WHERE object_key = 'bad'"), "error");
}

TEST_F(ObjectStoreTest, missing_or_changed_resources_are_written_again_and_known_ones_are_left_alone) {
  want("e1");
  write(WriteResult::created);
  const auto known = must(objects_.resources());
  ASSERT_THAT(known, SizeIs(1));
  EXPECT_EQ(known[0].etag, "\"1\"");
  EXPECT_EQ(known[0].written_normalised, "hash1");
  EXPECT_FALSE(known[0].deleted);

  using Repair = ObjectStore::Repair;
  const auto repair = [this](const Repair& one) { must(objects_.repair(std::span(&one, 1))); };
  repair({known[0].id, "\"1\"", "its ETag is known by now"});
  EXPECT_EQ(state(), "clean");
  repair({known[0].id, "\"other\"", "changed by hand"});
  auto again = claim();
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].etag, "\"other\"");
  EXPECT_EQ(again[0].written_normalised, "");
  repair({known[0].id, "", "in a writer's hand"});
  EXPECT_EQ(state(), "writing");
  record(outcome(again[0], WriteResult::updated));
  repair({known[0].id, "", "missing"});
  EXPECT_EQ(sql("SELECT state || etag FROM calendar_objects"), "pending");
  EXPECT_EQ(status(), "pending");
}

TEST_F(ObjectStoreTest, tombstone_is_repaired_only_where_something_is_there) {
  want("e1");
  write(WriteResult::created);
  want_deleted("e1");
  write(WriteResult::deleted);
  const auto known = must(objects_.resources());
  ASSERT_THAT(known, SizeIs(1));
  EXPECT_TRUE(known[0].deleted);
  const ObjectStore::Repair nothing_there{known[0].id, "", "missing"};
  must(objects_.repair(std::span(&nothing_there, 1)));
  EXPECT_EQ(state(), "clean");
  const ObjectStore::Repair back{known[0].id, "\"9\"", "it is there again"};
  must(objects_.repair(std::span(&back, 1)));
  const auto claimed = claim();
  ASSERT_THAT(claimed, SizeIs(1));
  EXPECT_FALSE(claimed[0].desired);
  EXPECT_EQ(claimed[0].etag, "\"9\"");
}

TEST_F(ObjectStoreTest, etag_of_the_same_content_is_adopted_without_a_write) {
  want("e1");
  write(WriteResult::created);
  must(objects_.adopt_etag(must(objects_.resources())[0].id, "\"rewritten\""));
  EXPECT_EQ(sql("SELECT state || etag FROM calendar_objects"), "clean\"rewritten\"");
}

}  // namespace
}  // namespace calmux::postgres
