#include <functional>
#include <map>
#include <pqxx/pqxx>

#include "database_test.h"

namespace calmux::postgres {
namespace {

/// What the server did for our statements in a database with much history, by the blocks that it touched: unlike a plan
/// or a time, that counts what was really done. One session throughout, so that its prepared plans stem from when the
/// tables were small.
class FlatCost : public DatabaseTest {
 protected:
  static constexpr int rows = 1'000'000;

  void fill() {
    const auto count = std::to_string(rows);
    sql("INSERT INTO calendar_objects (workspace_id, source_id, group_key, object_key, uid, state, written_version, "
        "desired)"
        " SELECT 1, 'work', 'old' || i, 'old' || i, 'u' || i, 'clean', 1, '{}' FROM generate_series(1, " +
        count +
        ") i;"
        "INSERT INTO source_events (workspace_id, source_id, source_event_id, group_key, version_arrival, event)"
        " SELECT 1, 'work', 'old' || i, 'old' || i, i, '{}' FROM generate_series(1, " +
        count +
        ") i;"
        "INSERT INTO event_mappings (workspace_id, source_id, source_event_id, object_id, sync_status)"
        " SELECT 1, 'work', object_key, id, 'synced' FROM calendar_objects WHERE object_key LIKE 'old%';"
        "INSERT INTO inbox (workspace_id, source_id, source_event_id, operation, request_id, idempotency_key, media, "
        "state, finished_at, body)"
        " SELECT 1, 'work', 'old' || i, 'create', 'r' || i, 'k' || i, 'json', 'done', now(), '' FROM "
        "generate_series(1, " +
        count + ") i");
  }

  /// Blocks of tables and indexes that were touched while `work` ran.
  int blocks_touched(const std::function<void()>& work) {
    const auto touched = [this] {
      // A session reports what it did about once a second, or when it is told to.
      must(pool_.use([](pqxx::connection_base& session) {
        pqxx::nontransaction(session).exec("SELECT pg_stat_force_next_flush()");
      }));
      return number(
          "SELECT sum(heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read + coalesce(toast_blks_hit + "
          "toast_blks_read, 0))"
          " FROM pg_statio_user_tables");
    };
    const int before = touched();
    work();
    return touched() - before;
  }

  /// The way of one event from its delivery to its trace, step by step, with the blocks that each step touched.
  std::map<std::string, int> blocks_of_one_round(const std::string& key) {
    std::map<std::string, int> blocks;
    std::vector<ClaimedDelivery> claimed;
    std::vector<ClaimedObject> objects;
    const auto step = [&](const char* name, const std::function<void()>& work) { blocks[name] = blocks_touched(work); };
    step("accept", [&] { must(inbox_.accept(std::vector{delivery("e" + key, key)})); });
    step("claim", [&] { claimed = must(inbox_.claim("a", 10, seconds{60})); });
    step("fold", [&] { fold(claimed.at(0)); });
    step("claim objects", [&] { objects = must(objects_.claim("w", 10, seconds{60})); });
    step("record", [&] {
      WriteOutcome outcome;
      outcome.id = objects.at(0).id;
      outcome.version = objects.at(0).desired_version;
      outcome.result = WriteResult::created;
      must(objects_.record(std::span(&outcome, 1), "w"));
    });
    step("operation", [&] { must(overview_.operation("request-" + key)); });
    step("list events", [&] { must(overview_.events("", "", Page{})); });
    step("trace", [&] { must(overview_.trace("e" + key)); });
    return blocks;
  }

  /// A thousand events, from which on statistics are kept; and each statement often enough that its plan is kept.
  void warm_up() {
    std::vector<NewDelivery> batch;
    for (int i = 0; i < 1'050; ++i) batch.push_back(delivery("first" + std::to_string(i), "first" + std::to_string(i)));
    must(inbox_.accept(batch));
    for (auto claimed = must(inbox_.claim("a", 100, seconds{60})); !claimed.empty();
         claimed = must(inbox_.claim("a", 100, seconds{60}))) {
      for (const auto& one : claimed) fold(one);
    }
    const auto objects = must(objects_.claim("w", 2'000, seconds{60}));
    std::vector<WriteOutcome> outcomes;
    for (const auto& object : objects) {
      outcomes.emplace_back();
      outcomes.back().id = object.id;
      outcomes.back().version = object.desired_version;
      outcomes.back().result = WriteResult::created;
    }
    must(objects_.record(outcomes, "w"));
    for (int i = 0; i < 8; ++i) blocks_of_one_round("warm" + std::to_string(i));
  }

  void fold(const ClaimedDelivery& one) {
    const EventRef ref{"work", one.source_event_id, "", {one.source_event_id}};
    must(events_.fold(std::span(&ref, 1), "a", [&](std::span<const Group> groups) {
      auto plan = plan_for(groups, event(one.source_event_id));
      plan.finished.push_back(
          {one.id, "work", one.source_event_id, "r", "create", "create", "", one.source_event_id, {}});
      return plan;
    }));
  }

  void expect_flat(const std::map<std::string, int>& small, const std::map<std::string, int>& large) {
    for (const auto& [step, blocks] : large) {
      // A tree of a million entries is two or three levels deeper than a small one; nothing else may grow.
      EXPECT_LE(blocks, 4 * small.at(step) + 100) << step << ", with few rows: " << small.at(step);
    }
  }
};

TEST_F(FlatCost, each_step_touches_as_few_blocks_among_a_million_mappings_as_among_few) {
  warm_up();
  const auto small = blocks_of_one_round("small");
  // Statistics stay those of the small tables, as after a fast import: the plans must not depend on them.
  fill();
  expect_flat(small, blocks_of_one_round("large"));
  sql("ANALYZE");
  for (int i = 0; i < 8; ++i) blocks_of_one_round("again" + std::to_string(i));
  expect_flat(small, blocks_of_one_round("analysed"));
}

}  // namespace
}  // namespace calmux::postgres
