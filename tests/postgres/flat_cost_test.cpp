#include <pqxx/pqxx>

#include "database_test.h"

namespace calmux::postgres {
namespace {

/// What the server did for our statements in a database with much history, by the blocks that it touched: unlike a plan or a time, that
/// counts what was really done. One session throughout, so that its prepared plans stem from when the tables were small.
class FlatCost : public DatabaseTest {
 protected:
  static constexpr int rows = 1'000'000;

  void fill() {
    const auto count = std::to_string(rows);
    sql("INSERT INTO calendar_objects (workspace_id, source_id, group_key, object_key, uid, state, written_version, desired)"
        " SELECT 1, 'work', 'old' || i, 'old' || i, 'u' || i, 'clean', 1, '{}' FROM generate_series(1, " + count + ") i;"
        "INSERT INTO source_events (workspace_id, source_id, source_event_id, group_key, version_arrival, event)"
        " SELECT 1, 'work', 'old' || i, 'old' || i, i, '{}' FROM generate_series(1, " + count + ") i;"
        "INSERT INTO event_mappings (workspace_id, source_id, source_event_id, object_id, sync_status)"
        " SELECT 1, 'work', object_key, id, 'synced' FROM calendar_objects WHERE object_key LIKE 'old%';"
        "INSERT INTO inbox (workspace_id, source_id, source_event_id, operation, request_id, idempotency_key, media, state, finished_at, body)"
        " SELECT 1, 'work', 'old' || i, 'create', 'r' || i, 'k' || i, 'json', 'done', now(), '' FROM generate_series(1, " + count + ") i");
  }

  /// Blocks of tables and indexes that were touched while `work` ran.
  int blocks_touched(const std::function<void()>& work) {
    const auto touched = [this] {
      // A session reports what it did about once a second, or when it is told to.
      must(pool_.use([](pqxx::connection_base& session) { pqxx::nontransaction(session).exec("SELECT pg_stat_force_next_flush()"); }));
      return number(
          "SELECT sum(heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read + coalesce(toast_blks_hit + toast_blks_read, 0))"
          " FROM pg_statio_user_tables");
    };
    const int before = touched();
    work();
    return touched() - before;
  }

  void one_round(const std::string& key) {
    must(inbox_.accept(std::vector{delivery("e" + key, key)}));
    const auto claimed = must(inbox_.claim("a", 10, seconds{60}));
    ASSERT_EQ(claimed.size(), 1U);
    const std::string id = claimed[0].source_event_id;
    const EventRef ref{"work", id, id};
    must(events_.fold(std::span(&ref, 1), "a", [&](std::span<const Group> groups) {
      auto plan = plan_for(groups, event(id));
      plan.finished.push_back({claimed[0].id, "work", id, "r", "create", "create", "", id, {}});
      return plan;
    }));
    for (const auto& object : must(objects_.claim("w", 10, seconds{60}))) {
      WriteOutcome outcome;
      outcome.id = object.id;
      outcome.version = object.desired_version;
      outcome.result = WriteResult::created;
      must(objects_.record(std::span(&outcome, 1), "w"));
    }
    must(overview_.operation("request-" + key));
    must(overview_.events("", "", Page{}));
    must(overview_.trace(id));
  }
};

TEST_F(FlatCost, way_of_an_event_touches_as_few_blocks_among_a_million_mappings_as_among_none) {
  // After its fifth use a statement is planned for all parameters, once.
  for (int i = 0; i < 8; ++i) one_round("warm" + std::to_string(i));
  const int small = blocks_touched([&] { one_round("small"); });
  // Statistics stay those of the empty tables, as after a fast import: the plans must not depend on them.
  fill();
  const int large = blocks_touched([&] { one_round("large"); });
  // A tree of a million entries is two or three levels deeper; nothing else may grow.
  EXPECT_LT(large, 4 * small + 400) << "with few rows: " << small;
  sql("ANALYZE");
  const int analysed = blocks_touched([&] { one_round("analysed"); });
  EXPECT_LT(analysed, 4 * small + 400) << "with few rows: " << small;
  RecordProperty("blocks_small", small);
  RecordProperty("blocks_large", large);
  std::printf("blocks touched by one event's whole way: %d among few, %d among a million, %d analysed\n", small, large, analysed);
}

}  // namespace
}  // namespace calmux::postgres
