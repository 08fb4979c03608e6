#include "postgres/inbox.h"

#include <future>
#include <set>
#include <thread>

#include "database_test.h"

namespace calmux::postgres {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class InboxTest : public DatabaseTest {
 protected:
  std::vector<Accepted> accept(const std::vector<NewDelivery>& deliveries) { return must(inbox_.accept(deliveries)); }
};

TEST_F(InboxTest, answers_come_in_the_order_given_and_ids_in_the_order_of_arrival) {
  const auto accepted = accept({delivery("e1", "z"), delivery("e1", "a"), delivery("e2", "m", "home")});
  ASSERT_THAT(accepted, SizeIs(3));
  EXPECT_LT(accepted[0].id, accepted[1].id);
  EXPECT_LT(accepted[1].id, accepted[2].id);
  EXPECT_EQ(accepted[0].request_id, "request-z");
  EXPECT_EQ(accepted[2].request_id, "request-m");
}

TEST_F(InboxTest, empty_batch_is_no_statement) {
  EXPECT_THAT(accept({}), IsEmpty());
}

TEST_F(InboxTest, same_delivery_twice_is_one_row) {
  auto again = delivery("e1", "k");
  again.request_id = "another request";
  const auto first = accept({delivery("e1", "k")});
  const auto second = accept({delivery("e2", "new"), again});
  EXPECT_FALSE(first[0].duplicate);
  EXPECT_FALSE(second[0].duplicate);
  EXPECT_TRUE(second[1].duplicate);
  EXPECT_EQ(second[1].id, first[0].id);
  EXPECT_EQ(second[1].request_id, "request-k");
  EXPECT_EQ(number("SELECT count(*) FROM inbox"), 2);
}

TEST_F(InboxTest, duplicate_within_a_batch_is_one_row_and_the_first_one_counts) {
  auto second = delivery("e1", "k");
  second.request_id = "later";
  const auto accepted = accept({delivery("e1", "k"), second, delivery("e1", "k", "other source")});
  EXPECT_FALSE(accepted[0].duplicate);
  EXPECT_TRUE(accepted[1].duplicate);
  EXPECT_EQ(accepted[1].id, accepted[0].id);
  EXPECT_EQ(accepted[1].request_id, "request-k");
  EXPECT_FALSE(accepted[2].duplicate);
  EXPECT_EQ(number("SELECT count(*) FROM inbox"), 2);
}

TEST_F(InboxTest, whole_batch_given_again_is_all_duplicates) {
  std::vector<NewDelivery> batch;
  for (int i = 0; i < 100; ++i) batch.push_back(delivery("e", std::to_string(i)));
  const auto first = accept(batch);
  const auto second = accept(batch);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    EXPECT_TRUE(second[i].duplicate);
    EXPECT_EQ(second[i].id, first[i].id);
  }
}

TEST_F(InboxTest, concurrent_receivers_of_the_same_keys_in_different_orders_store_each_once_without_deadlock) {
  constexpr int rounds = 20;
  std::vector<std::future<int>> receivers;
  for (int r = 0; r < 6; ++r) {
    receivers.push_back(std::async(std::launch::async, [this, r] {
      int fresh = 0;
      for (int round = 0; round < rounds; ++round) {
        std::vector<NewDelivery> batch;
        for (int i = 0; i < 32; ++i)
          batch.push_back(delivery("e", std::to_string(round) + "-" + std::to_string((i * 7 + r * 5) % 32)));
        if (r % 2 == 1) std::reverse(batch.begin(), batch.end());
        for (const auto& one : must(inbox_.accept(batch))) fresh += one.duplicate ? 0 : 1;
      }
      return fresh;
    }));
  }
  int fresh = 0;
  for (auto& receiver : receivers) fresh += receiver.get();
  EXPECT_EQ(fresh, rounds * 32);
  EXPECT_EQ(number("SELECT count(*) FROM inbox"), rounds * 32);
  EXPECT_EQ(number("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), 0);
}

TEST_F(InboxTest, text_that_postgresql_cannot_hold_is_refused_and_the_next_batch_is_not_disturbed) {
  auto nul = delivery("e1", "nul");
  nul.body = std::string("a\0b", 3);
  auto invalid = delivery("e1", "invalid");
  invalid.source_event_id = "\xC3(";
  auto long_id = delivery("e1", "long");
  unsigned noise = 1;
  for (int i = 0; i < 6000; ++i)
    long_id.source_event_id += static_cast<char>('!' + ((noise = noise * 1103515245U + 12345U) >> 16U) % 90U);
  for (const auto& bad : {nul, invalid, long_id}) {
    const auto refused = inbox_.accept(std::vector{delivery("e2", "good"), bad});
    ASSERT_FALSE(refused) << bad.idempotency_key;
    EXPECT_EQ(refused.error().kind, ErrorKind::database_refused);
    EXPECT_EQ(number("SELECT count(*) FROM inbox"), 0);
  }
  EXPECT_FALSE(accept({delivery("e2", "good")})[0].duplicate);
}

TEST_F(InboxTest, text_of_every_kind_comes_back_as_it_was_given) {
  auto odd = delivery("{\"a\",b\\}", "NULL");
  odd.body = "{\"x\": \"\\\\ ' \\u0000 \xF0\x9F\x93\x85 \n\"}" + std::string(5000, 'x');
  odd.media = Media::icalendar;
  odd.operation = Operation::delete_;
  odd.item = 7;
  accept({odd});
  const auto claimed = must(inbox_.claim("w", 1, seconds{9}));
  ASSERT_THAT(claimed, SizeIs(1));
  EXPECT_EQ(claimed[0].body, odd.body);
  EXPECT_EQ(claimed[0].source_event_id, odd.source_event_id);
  EXPECT_EQ(claimed[0].media, Media::icalendar);
  EXPECT_EQ(claimed[0].operation, Operation::delete_);
  EXPECT_EQ(claimed[0].attempt, 1);
  EXPECT_LE(std::chrono::system_clock::now() - claimed[0].received, seconds{60});
}

TEST_F(InboxTest, new_source_is_registered_and_last_seen_is_touched_at_most_once_a_second) {
  accept({delivery("e1", "1")});
  EXPECT_EQ(sql("SELECT display_name || ' ' || (last_seen IS NOT NULL) FROM source_calendars"), "work true");
  const auto before = sql("SELECT xmin FROM source_calendars");
  accept({delivery("e1", "2")});
  EXPECT_EQ(sql("SELECT xmin FROM source_calendars"), before);
  Inbox another_replica(pool_, workspace_);
  must(another_replica.accept(std::vector{delivery("e1", "3")}));
  EXPECT_EQ(sql("SELECT last_seen >= now() - interval '5 s' FROM source_calendars"), "t");
  std::this_thread::sleep_for(milliseconds{1100});
  accept({delivery("e1", "4")});
  EXPECT_NE(sql("SELECT xmin FROM source_calendars"), before);
}

TEST_F(InboxTest, event_whose_delivery_is_running_is_not_claimed_by_another_worker) {
  accept({delivery("e1", "1"), delivery("e1", "2"), delivery("e2", "3")});
  const auto first = must(inbox_.claim("a", 1, seconds{60}));
  ASSERT_THAT(first, SizeIs(2)) << "all that are due of an event come together";
  EXPECT_EQ(first[0].source_event_id, "e1");
  EXPECT_LT(first[0].id, first[1].id);
  accept({delivery("e1", "4")});
  const auto second = must(inbox_.claim("b", 10, seconds{60}));
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(second[0].source_event_id, "e2");
  EXPECT_THAT(must(inbox_.claim("b", 10, seconds{60})), IsEmpty());
}

TEST_F(InboxTest, concurrent_claims_share_no_delivery_and_no_event) {
  std::vector<NewDelivery> batch;
  for (int i = 0; i < 600; ++i) batch.push_back(delivery("e" + std::to_string(i % 60), std::to_string(i)));
  accept(batch);
  std::vector<std::future<std::vector<ClaimedDelivery>>> workers;
  for (int w = 0; w < 6; ++w) {
    workers.push_back(std::async(std::launch::async, [this, w] {
      std::vector<ClaimedDelivery> mine;
      for (int i = 0; i < 30; ++i) {
        for (auto& one : must(inbox_.claim("w" + std::to_string(w), 7, seconds{60}))) mine.push_back(std::move(one));
      }
      return mine;
    }));
  }
  std::set<std::int64_t> ids;
  std::map<std::string, std::set<int>> holders;
  std::size_t total = 0;
  for (int w = 0; w < 6; ++w) {
    for (const auto& one : workers[static_cast<std::size_t>(w)].get()) {
      ids.insert(one.id);
      holders[one.source_event_id].insert(w);
      ++total;
    }
  }
  EXPECT_EQ(ids.size(), total) << "a delivery was claimed twice";
  for (const auto& [event, workers_of_event] : holders) EXPECT_THAT(workers_of_event, SizeIs(1)) << event;
}

TEST_F(InboxTest, lease_that_ended_is_claimed_again_and_its_first_holder_changes_nothing_any_more) {
  accept({delivery("e1", "1")});
  const auto first = must(inbox_.claim("a", 1, seconds{0}));
  const auto second = must(inbox_.claim("b", 1, seconds{60}));
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(second[0].attempt, 2);
  must(inbox_.retry(std::vector{first[0].id}, "a", milliseconds{0}, "mine?"));
  must(inbox_.bury(first[0].id, "a", "mine?"));
  EXPECT_EQ(sql("SELECT state || ' ' || claimed_by FROM inbox"), "running b");
}

TEST_F(InboxTest, retry_makes_it_due_after_the_delay) {
  accept({delivery("e1", "1")});
  const auto claimed = must(inbox_.claim("a", 1, seconds{60}));
  must(inbox_.retry(std::vector{claimed[0].id}, "a", milliseconds{150}, "database was busy"));
  EXPECT_THAT(must(inbox_.claim("a", 1, seconds{60})), IsEmpty());
  std::this_thread::sleep_for(milliseconds{200});
  const auto again = must(inbox_.claim("a", 1, seconds{60}));
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].attempt, 2);
}

TEST_F(InboxTest, dead_letters_keep_their_reason_and_can_be_replayed) {
  accept({delivery("e1", "1"), delivery("e2", "2", "home")});
  for (const auto& one : must(inbox_.claim("a", 10, seconds{60}))) must(inbox_.bury(one.id, "a", "end before start"));
  EXPECT_EQ(number("SELECT count(*) FROM inbox WHERE state = 'dead'"), 2);
  EXPECT_EQ(sql("SELECT status || ': ' || detail FROM sync_history"), "error: end before start");
  EXPECT_EQ(must(inbox_.replay(std::nullopt, "home")), 1);
  EXPECT_EQ(must(inbox_.replay(std::stoll(sql("SELECT id FROM inbox WHERE state = 'dead'")), "")), 1);
  const auto claimed = must(inbox_.claim("a", 10, seconds{60}));
  ASSERT_THAT(claimed, SizeIs(2));
  EXPECT_EQ(claimed[0].attempt, 1);
  EXPECT_EQ(must(inbox_.replay(std::nullopt, "")), 0);
}

TEST_F(InboxTest, rejected_body_is_kept_whatever_its_bytes_and_never_replayed) {
  must(inbox_.keep_rejected({"work", "r1", std::string("{\"a\": \xFF\0}", 9), "line 1, column 7: invalid"}));
  must(inbox_.keep_rejected({"work", "r1", "again", "the same request"}));
  EXPECT_EQ(number("SELECT count(*) FROM inbox WHERE state = 'dead' AND reason LIKE 'line 1%'"), 1);
  EXPECT_EQ(must(inbox_.replay(std::nullopt, "")), 0);
}

TEST_F(InboxTest, prune_removes_only_what_was_done_long_ago) {
  accept({delivery("e1", "1"), delivery("e2", "2"), delivery("e3", "3"), delivery("e4", "4")});
  sql("UPDATE inbox SET state = 'done', finished_at = now() - interval '3 hours' WHERE source_event_id = 'e1'");
  sql("UPDATE inbox SET state = 'done', finished_at = now() WHERE source_event_id = 'e2'");
  sql("UPDATE inbox SET state = 'dead', finished_at = now() - interval '3 hours' WHERE source_event_id = 'e3'");
  EXPECT_EQ(must(inbox_.prune(hours{2})), 1);
  EXPECT_EQ(sql("SELECT string_agg(source_event_id, ' ' ORDER BY id) FROM inbox"), "e2 e3 e4");
}

TEST_F(InboxTest, workspaces_do_not_see_each_other) {
  accept({delivery("e1", "1")});
  Inbox other(pool_, must(open_workspace(pool_, "office")));
  EXPECT_THAT(must(other.claim("a", 10, seconds{60})), IsEmpty());
  EXPECT_FALSE(must(other.accept(std::vector{delivery("e1", "1")}))[0].duplicate);
}

}  // namespace
}  // namespace calmux::postgres
