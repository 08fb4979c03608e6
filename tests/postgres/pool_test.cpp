#include "postgres/pool.h"

#include <atomic>
#include <future>
#include <mutex>
#include <pqxx/pqxx>
#include <thread>

#include "database_test.h"
#include "postgres/connection_string.h"
#include "postgres/listener.h"

namespace calmux::postgres {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PoolTest : public DatabaseTest {
 protected:
  PoolOptions options(int size = 2) const {
    PoolOptions options;
    options.url = url();
    options.size = size;
    options.connect_timeout = seconds{1};
    options.statement_timeout = milliseconds{300};
    options.lock_timeout = milliseconds{150};
    return options;
  }

  static Result<std::string> value(Pool& pool, const std::string& statement) {
    std::string text;
    auto done = pool.use([&](pqxx::connection_base& connection) {
      pqxx::work transaction(connection);
      text = transaction.exec1(statement)[0].as<std::string>();
      transaction.commit();
    });
    if (!done) return tl::unexpected(done.error());
    return text;
  }
};

TEST_F(PoolTest, connection_is_used_again) {
  Pool pool(options());
  EXPECT_EQ(must(value(pool, "SELECT pg_backend_pid()")), must(value(pool, "SELECT pg_backend_pid()")));
}

TEST_F(PoolTest, sessions_have_the_time_outs_and_a_url_may_override_them) {
  Pool pool(options());
  EXPECT_EQ(must(value(pool, "SHOW statement_timeout")), "300ms");
  EXPECT_EQ(must(value(pool, "SHOW lock_timeout")), "150ms");
  EXPECT_EQ(must(value(pool, "SHOW application_name")), "calmux");
  auto given = options();
  given.url += given.url.find("://") == std::string::npos
                   ? " application_name=mine options='-c statement_timeout=7s'"
                   : "&application_name=mine&options=-c%20statement_timeout%3D7s";
  Pool theirs(given);
  EXPECT_EQ(must(value(theirs, "SHOW statement_timeout")), "7s");
  EXPECT_EQ(must(value(theirs, "SHOW lock_timeout")), "150ms");
  EXPECT_EQ(must(value(theirs, "SHOW application_name")), "mine");
}

TEST(ConnectionString, both_forms_of_a_url_get_the_defaults_and_keep_their_own) {
  SessionDefaults defaults;
  defaults.settings = {{"lock_timeout", "3000"}};
  for (const auto* url :
       {"postgresql://u:p%27w@h1:1,h2:2/db?connect_timeout=9&target_session_attrs=read-write",
        "host=h1,h2 port=1,2 user=u password='p\\'w' dbname=db connect_timeout=9 target_session_attrs=read-write"}) {
    const auto text = must(connection_string(url, defaults));
    for (const auto* part :
         {"host='h1,h2'", "port='1,2'", "password='p\\'w'", "connect_timeout='9'", "target_session_attrs='read-write'",
          "tcp_user_timeout='15000'", "options='-c lock_timeout=3000 '"}) {
      EXPECT_THAT(text, HasSubstr(part)) << url;
    }
  }
}

TEST_F(PoolTest, statement_that_takes_too_long_is_ended_and_the_connection_stays) {
  Pool pool(options());
  const auto pid = must(value(pool, "SELECT pg_backend_pid()"));
  const auto refused = value(pool, "SELECT pg_sleep(5)");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::database_conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("57014"));
  EXPECT_EQ(must(value(pool, "SELECT pg_backend_pid()")), pid);
}

TEST_F(PoolTest, lock_that_is_held_too_long_is_a_conflict) {
  Pool pool(options());
  ASSERT_TRUE(pool.use([&](pqxx::connection_base& holder) {
    pqxx::work transaction(holder);
    transaction.exec("LOCK TABLE workspaces");
    const auto refused = value(pool, "SELECT count(*) FROM workspaces");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::database_conflict);
    EXPECT_THAT(refused.error().message, HasSubstr("55P03"));
  }));
}

TEST_F(PoolTest, deadlock_is_a_conflict_and_is_repeated_where_that_is_asked_for) {
  auto patient = options();
  patient.statement_timeout = milliseconds{5000};
  patient.lock_timeout = milliseconds{5000};
  Pool pool(patient);
  sql("CREATE TABLE pair (id int PRIMARY KEY, n int NOT NULL DEFAULT 0); INSERT INTO pair VALUES (1), (2)");
  std::atomic<int> tries{0};
  std::atomic<int> arrived{0};
  const auto update = [&](int first, int second) {
    return pool.use_repeatably([&, first, second](pqxx::connection_base& connection) {
      ++tries;
      pqxx::work transaction(connection);
      transaction.exec("UPDATE pair SET n = n + 1 WHERE id = " + std::to_string(first));
      for (++arrived; arrived < 2;) std::this_thread::yield();
      transaction.exec("UPDATE pair SET n = n + 1 WHERE id = " + std::to_string(second));
      transaction.commit();
    });
  };
  auto one = std::async(std::launch::async, [&] { return update(1, 2); });
  must(update(2, 1));
  must(one.get());
  EXPECT_EQ(tries, 3);
  EXPECT_EQ(sql("SELECT sum(n) FROM pair"), "4");
}

TEST_F(PoolTest, exhausted_pool_says_so_instead_of_waiting_for_ever) {
  Pool pool(options(1));
  std::promise<void> go_on;
  std::promise<void> busy;
  auto holder = std::async(std::launch::async, [&] {
    return pool.use([&](pqxx::connection_base&) {
      busy.set_value();
      go_on.get_future().wait();
    });
  });
  busy.get_future().wait();
  const auto refused = value(pool, "SELECT 1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::database_unavailable);
  go_on.set_value();
  EXPECT_TRUE(holder.get());
  EXPECT_TRUE(value(pool, "SELECT 1"));
}

TEST_F(PoolTest, sessions_ended_while_idle_are_replaced_without_an_error) {
  Pool pool(options());
  const auto before = must(value(pool, "SELECT pg_backend_pid()"));
  terminate_sessions();
  EXPECT_NE(must(value(pool, "SELECT pg_backend_pid()")), before);
}

TEST_F(PoolTest, session_ended_within_a_transaction_is_unavailable_and_nothing_of_it_is_kept) {
  Pool pool(options());
  const auto broken = pool.use([&](pqxx::connection_base& connection) {
    pqxx::work transaction(connection);
    transaction.exec("INSERT INTO workspaces (name) VALUES ('half')");
    terminate_sessions();
    transaction.exec("SELECT 1");
    transaction.commit();
  });
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind, ErrorKind::database_unavailable);
  EXPECT_EQ(must(value(pool, "SELECT count(*) FROM workspaces WHERE name = 'half'")), "0");
}

TEST_F(PoolTest, answer_to_commit_that_was_lost_is_in_doubt) {
  Pool pool(options());
  // The deferred trigger ends the session while it commits.
  sql("CREATE TABLE fatal (id int); CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS "
      "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END $$;"
      "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON fatal DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "
      "die()");
  const auto doubtful = pool.use([&](pqxx::connection_base& connection) {
    pqxx::work transaction(connection);
    transaction.exec("INSERT INTO fatal VALUES (1)");
    transaction.commit();
  });
  ASSERT_FALSE(doubtful);
  EXPECT_EQ(doubtful.error().kind, ErrorKind::database_in_doubt) << doubtful.error().message;
  EXPECT_TRUE(value(pool, "SELECT 1"));
}

TEST_F(PoolTest, prepared_statements_that_vanished_cost_one_attempt_only) {
  must(inbox_.accept(std::vector{delivery("e1", "1")}));
  ASSERT_TRUE(
      pool_.use([](pqxx::connection_base& connection) { pqxx::nontransaction(connection).exec("DEALLOCATE ALL"); }));
  EXPECT_TRUE(inbox_.accept(std::vector{delivery("e1", "2")}));
}

TEST_F(PoolTest, exception_that_is_not_of_the_database_ends_as_an_error) {
  Pool pool(options());
  const auto failed = pool.use([](pqxx::connection_base&) { throw std::runtime_error("a defect"); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::internal);
  EXPECT_TRUE(value(pool, "SELECT 1"));
}

TEST_F(PoolTest, accept_during_a_lost_connection_is_in_doubt_and_its_repetition_a_duplicate_at_most) {
  must(inbox_.accept(std::vector{delivery("e1", "1")}));
  sql("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NEW; END $$;"
      "CREATE TRIGGER slow BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION slow()");
  auto accepted = std::async(std::launch::async, [&] { return inbox_.accept(std::vector{delivery("e1", "2")}); });
  std::this_thread::sleep_for(milliseconds{300});
  terminate_sessions();
  const auto doubtful = accepted.get();
  ASSERT_FALSE(doubtful);
  EXPECT_EQ(doubtful.error().kind, ErrorKind::database_in_doubt);
  sql("DROP TRIGGER slow ON inbox");
  must(inbox_.accept(std::vector{delivery("e1", "2")}));
  EXPECT_EQ(number("SELECT count(*) FROM inbox"), 2);
}

TEST_F(PoolTest, server_that_went_away_and_came_back_needs_no_restart_of_ours) {
  auto& cluster = Cluster::instance();
  if (!cluster.is_private()) GTEST_SKIP() << "the server is not ours to stop";
  std::mutex mutex;
  int wakes = 0;
  const auto woken = [&] {
    const std::lock_guard lock(mutex);
    return wakes;
  };
  const Listener listener(url(), [&](const std::string&) {
    const std::lock_guard lock(mutex);
    ++wakes;
  });
  must(inbox_.accept(std::vector{delivery("e1", "1")}));
  cluster.stop("immediate");
  const auto down = inbox_.accept(std::vector{delivery("e1", "2")});
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().kind, ErrorKind::database_unavailable);
  const int before = woken();
  cluster.start();
  must(inbox_.accept(std::vector{delivery("e1", "2")}));
  EXPECT_EQ(must(inbox_.claim("a", 10, seconds{60})).size(), 2U) << "what was accepted before the crash is there";
  for (int i = 0; i < 100 && woken() < before + 2; ++i) std::this_thread::sleep_for(milliseconds{50});
  EXPECT_GE(woken(), before + 2) << "the listener came back and woke both channels";
}

TEST_F(PoolTest, listener_hears_of_deliveries_and_of_objects_and_ends_at_once) {
  std::mutex mutex;
  std::vector<std::string> heard;
  {
    const Listener listener(url(), [&](const std::string& channel) {
      const std::lock_guard lock(mutex);
      heard.push_back(channel);
    });
    const auto wait_for = [&](std::size_t count) {
      for (int i = 0; i < 100; ++i) {
        {
          const std::lock_guard lock(mutex);
          if (heard.size() >= count) return;
        }
        std::this_thread::sleep_for(milliseconds{20});
      }
    };
    wait_for(2);  // both channels, once it listens
    must(inbox_.accept(std::vector{delivery("e1", "1"), delivery("e1", "2")}));
    wait_for(3);
    const EventRef ref{"work", "e1", "", {"e1"}};
    must(events_.fold(std::span(&ref, 1), "a",
                      [&](std::span<const Group> groups) { return plan_for(groups, event("e1")); }));
    wait_for(4);
  }
  EXPECT_THAT(heard, ::testing::ElementsAre("calmux_inbox", "calmux_objects", "calmux_inbox", "calmux_objects"));
}

TEST(PoolWithoutServer, unreachable_database_is_unavailable) {
  PoolOptions options;
  options.url = "host=/nowhere dbname=x password=secret";
  Pool pool(options);
  const auto refused = pool.use([](pqxx::connection_base&) {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::database_unavailable);
  EXPECT_THAT(refused.error().message, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace calmux::postgres
