#include "postgres/overview.h"

#include "database_test.h"

namespace calmux::postgres {
namespace {

using nlohmann::json;
using ::testing::SizeIs;

class OverviewTest : public DatabaseTest {
 protected:
  /// Receives and folds one delivery; returns its request id.
  std::string receive(const std::string& id, const std::string& key, const std::string& outcome = "create") {
    must(inbox_.accept(std::vector{delivery(id, key)}));
    const auto claimed = must(inbox_.claim("a", 10, seconds{60}));
    const EventRef ref{"work", id, "", {id}};
    must(events_.fold(std::span(&ref, 1), "a", [&](std::span<const Group> groups) {
      auto plan = outcome == "create" ? plan_for(groups, event(id)) : Plan{};
      for (const auto& one : claimed)
        plan.finished.push_back({one.id, "work", id, one.request_id, "create", outcome, "because", id, {}});
      return plan;
    }));
    return "request-" + key;
  }
  void write(WriteResult result) {
    for (const auto& claimed : must(objects_.claim("w", 10, seconds{60}))) {
      WriteOutcome outcome;
      outcome.id = claimed.id;
      outcome.version = claimed.desired_version;
      outcome.result = result;
      outcome.href = "/cal/x.ics";
      outcome.answer = "403 Forbidden";
      must(objects_.record(std::span(&outcome, 1), "w"));
    }
  }
  json delivery_of(const std::string& request) { return must(overview_.operation(request)).at("deliveries").at(0); }
};

TEST_F(OverviewTest, empty_workspace_has_every_number) {
  const auto stats = must(overview_.stats());
  EXPECT_EQ(stats["total_events"], 0);
  EXPECT_EQ(stats["events_by_status"], (json{{"synced", 0}, {"pending", 0}, {"error", 0}, {"deleted", 0}}));
  EXPECT_EQ(stats["recent_sync_operations"], json::array());
  EXPECT_EQ(stats["sources"], json::array());
  EXPECT_EQ(stats["inbox"],
            (json{{"pending", 0}, {"running", 0}, {"done", 0}, {"dead", 0}, {"oldest_pending_seconds", nullptr}}));
  EXPECT_EQ(stats["objects"],
            (json{{"pending", 0}, {"writing", 0}, {"clean", 0}, {"error", 0}, {"oldest_unwritten_seconds", nullptr}}));
  EXPECT_EQ(must(overview_.gauges())["inbox_oldest_pending_seconds"], 0);
}

TEST_F(OverviewTest, operation_is_a_success_only_once_its_version_was_written) {
  must(inbox_.accept(std::vector{delivery("e0", "0")}));
  EXPECT_EQ(delivery_of("request-0")["state"], "received");
  EXPECT_EQ(delivery_of("request-0")["status"], "accepted");
  const auto request = receive("e0", "1");
  EXPECT_EQ(delivery_of(request)["state"], "decided");
  EXPECT_EQ(delivery_of(request)["status"], "accepted");
  write(WriteResult::created);
  const auto written = delivery_of(request);
  EXPECT_EQ(written["state"], "written");
  EXPECT_EQ(written["status"], "success");
  EXPECT_EQ(written["operation"], "create");
  EXPECT_EQ(written["caldav_uid"], "uid-e0");
  EXPECT_EQ(written["caldav_url"], "/cal/x.ics");
  EXPECT_EQ(written["reason"], "because");
  EXPECT_TRUE(written["finished_at"].get<std::string>().ends_with("Z"));

  EXPECT_EQ(delivery_of(receive("e0", "2", "unchanged"))["status"], "skipped");
  EXPECT_EQ(delivery_of(receive("e0", "3", "hold"))["status"], "accepted");
}

TEST_F(OverviewTest, operation_whose_write_was_given_up_is_an_error_with_the_servers_answer) {
  const auto request = receive("e1", "1");
  write(WriteResult::error);
  EXPECT_EQ(delivery_of(request)["status"], "error");
  EXPECT_EQ(delivery_of(request)["reason"], "403 Forbidden");
}

TEST_F(OverviewTest, buried_delivery_is_an_error_and_a_dead_letter) {
  must(inbox_.accept(std::vector{delivery("e1", "1")}));
  must(inbox_.bury(must(inbox_.claim("a", 1, seconds{60}))[0].id, "a", "end before start"));
  EXPECT_EQ(delivery_of("request-1")["state"], "dead");
  EXPECT_EQ(delivery_of("request-1")["status"], "error");
  const auto letters = must(overview_.dead_letters("", Page{}));
  ASSERT_THAT(letters, SizeIs(1));
  EXPECT_EQ(letters[0]["reason"], "end before start");
  EXPECT_EQ(letters[0]["body"], delivery("", "").body);
  EXPECT_EQ(letters[0]["replayable"], true);
  EXPECT_THAT(must(overview_.dead_letters("home", Page{})), SizeIs(0));
}

TEST_F(OverviewTest, what_is_unknown_is_not_found) {
  for (const auto& result : {overview_.operation("?"), overview_.trace("?"), overview_.trace("17"),
                             overview_.source("?"), overview_.source("")}) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::not_found);
  }
}

TEST_F(OverviewTest, numbers_and_sources_tell_what_is_there) {
  receive("e1", "1");
  receive("e2", "2");
  write(WriteResult::created);
  receive("e3", "3");
  must(inbox_.accept(std::vector{delivery("e4", "4")}));
  const auto stats = must(overview_.stats());
  EXPECT_EQ(stats["total_events"], 3);
  EXPECT_EQ(stats["events_by_status"], (json{{"synced", 2}, {"pending", 1}, {"error", 0}, {"deleted", 0}}));
  EXPECT_EQ(stats["inbox"]["pending"], 1);
  EXPECT_EQ(stats["inbox"]["done"], 3);
  EXPECT_GE(stats["inbox"]["oldest_pending_seconds"], 0);
  EXPECT_EQ(stats["objects"]["clean"], 2);
  EXPECT_EQ(stats["objects"]["pending"], 1);
  EXPECT_THAT(stats["recent_sync_operations"], SizeIs(5));
  ASSERT_THAT(stats["sources"], SizeIs(1));
  const auto& source = stats["sources"][0];
  EXPECT_EQ(source["source_id"], "work");
  EXPECT_EQ(source["event_count"], 3);
  EXPECT_EQ(source["sync_errors"], 0);
  EXPECT_TRUE(source["last_sync"].is_string());
  EXPECT_EQ(must(overview_.source("work"))["display_name"], "work");
  EXPECT_EQ(must(overview_.gauges())["objects_clean"], 2);
}

TEST_F(OverviewTest, listings_are_filtered_and_paged_newest_first) {
  for (int i = 1; i <= 5; ++i) receive("e" + std::to_string(i), std::to_string(i));
  const auto first = must(overview_.events("", "", Page{2, std::nullopt}));
  ASSERT_THAT(first, SizeIs(2));
  EXPECT_EQ(first[0]["source_event_id"], "e5");
  EXPECT_EQ(first[0]["title"], "Stand-up");
  const auto next = must(overview_.events("work", "pending", Page{2, first[1]["id"].get<std::int64_t>()}));
  ASSERT_THAT(next, SizeIs(2));
  EXPECT_EQ(next[0]["source_event_id"], "e3");
  EXPECT_THAT(must(overview_.events("work", "synced", Page{})), SizeIs(0));
  EXPECT_THAT(must(overview_.events("home", "", Page{})), SizeIs(0));

  EXPECT_THAT(must(overview_.history("", "", "", Page{3, std::nullopt})), SizeIs(3));
  EXPECT_THAT(must(overview_.history("work", "create", "success", Page{})), SizeIs(5));
  EXPECT_THAT(must(overview_.history("", "", "error", Page{})), SizeIs(0));
  EXPECT_THAT(must(overview_.history("", "delete", "", Page{})), SizeIs(0));
}

TEST_F(OverviewTest, trace_tells_everything_of_an_event_in_order) {
  receive("e1", "1");
  write(WriteResult::created);
  must(inbox_.accept(std::vector{delivery("e1", "2")}));
  const auto trace = must(overview_.trace("e1"));
  ASSERT_THAT(trace["events"], SizeIs(1));
  EXPECT_EQ(trace["events"][0]["object"]["state"], "clean");
  EXPECT_EQ(trace["events"][0]["mapping"]["sync_status"], "synced");
  std::vector<std::string> steps;
  for (const auto& entry : trace["entries"])
    steps.push_back(entry["what"] == "received" ? entry["state"] : entry["outcome"]);
  EXPECT_THAT(steps, ::testing::ElementsAre("done", "create", "created", "pending"));
  EXPECT_EQ(must(overview_.trace(sql("SELECT id FROM event_mappings"))), trace);
  EXPECT_THAT(must(overview_.trace("e1"))["entries"], SizeIs(4));
}

TEST_F(OverviewTest, event_that_was_only_received_or_only_buried_has_a_trace) {
  must(inbox_.accept(std::vector{delivery("e1", "1")}));
  EXPECT_THAT(must(overview_.trace("e1"))["entries"], SizeIs(1));
  must(inbox_.bury(must(inbox_.claim("a", 1, seconds{60}))[0].id, "a", "no"));
  EXPECT_THAT(must(overview_.trace("e1"))["entries"], SizeIs(2));
}

TEST_F(OverviewTest, keys_are_kept_with_their_sources_until_revoked) {
  KeyStore keys(pool_, workspace_);
  const std::string hash(64, 'a');
  must(keys.add({hash, "flow", {"work", "with,comma"}}));
  must(keys.add({std::string(64, 'b'), "all", {}}));
  const auto active = must(keys.active());
  ASSERT_THAT(active, SizeIs(2));
  EXPECT_EQ(active[0].hash, hash);
  EXPECT_THAT(active[0].sources, ::testing::ElementsAre("work", "with,comma"));
  EXPECT_TRUE(active[1].sources.empty());
  sql("UPDATE api_keys SET revoked_at = now() WHERE label = 'flow'");
  EXPECT_THAT(must(keys.active()), SizeIs(1));
}

TEST_F(OverviewTest, workspace_is_opened_again_by_its_name) {
  EXPECT_EQ(must(open_workspace(pool_, "home")), workspace_);
  EXPECT_NE(must(open_workspace(pool_, "office")), workspace_);
}

}  // namespace
}  // namespace calmux::postgres
