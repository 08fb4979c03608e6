#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "middleware/outcome_waiter.h"

namespace calmux {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

json delivery(const std::string& status, const std::string& id = "AAMk1") {
  return {{"status", status},         {"operation", "update"},      {"source_event_id", id},
          {"caldav_uid", "calmux-1"}, {"caldav_url", "/cal/1.ics"}, {"reason", "the server took the change"},
          {"inbox_state", "done"}};
}

json operation(std::vector<json> deliveries) {
  return {{"request_id", "r-1"}, {"deliveries", std::move(deliveries)}};
}

TEST(OutcomeAnswer, one_delivery_is_answered_in_the_earlier_systems_shape) {
  for (const std::string status : {"success", "skipped", "error"}) {
    const auto answer = outcome_answer(operation({delivery(status)}), 42ms);
    ASSERT_TRUE(answer) << status;
    EXPECT_EQ(*answer, (json{{"status", status},
                             {"operation", "update"},
                             {"source_event_id", "AAMk1"},
                             {"caldav_uid", "calmux-1"},
                             {"caldav_url", "/cal/1.ics"},
                             {"processing_time_ms", 42},
                             {"reason", "the server took the change"},
                             {"request_id", "r-1"}}));
  }
}

TEST(OutcomeAnswer, nothing_is_told_while_any_delivery_is_under_way) {
  EXPECT_FALSE(outcome_answer(operation({delivery("accepted")}), 1ms));
  EXPECT_FALSE(outcome_answer(operation({delivery("success"), delivery("accepted")}), 1ms));
  EXPECT_FALSE(outcome_answer(operation({}), 1ms));
}

TEST(OutcomeAnswer, a_missing_uid_is_told_as_null) {
  auto skipped = delivery("skipped");
  skipped["caldav_uid"] = nullptr;
  const auto answer = outcome_answer(operation({skipped}), 1ms);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->at("caldav_uid").is_null());
}

struct Several {
  std::vector<std::string> statuses;
  std::string overall;
};

TEST(OutcomeAnswer, several_deliveries_have_one_status_and_a_result_each) {
  const std::vector<Several> rows{
      {{"success", "success"}, "success"},        {{"skipped", "success"}, "success"},
      {{"success", "skipped"}, "success"},        {{"skipped", "skipped"}, "skipped"},
      {{"success", "error", "success"}, "error"}, {{"error", "success"}, "error"},
      {{"skipped", "error", "skipped"}, "error"},
  };
  for (const auto& row : rows) {
    std::vector<json> deliveries;
    for (const auto& status : row.statuses)
      deliveries.push_back(delivery(status, "id" + std::to_string(deliveries.size())));
    const auto answer = outcome_answer(operation(deliveries), 7ms);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->at("status"), row.overall);
    EXPECT_EQ(answer->at("request_id"), "r-1");
    EXPECT_EQ(answer->at("processing_time_ms"), 7);
    ASSERT_EQ(answer->at("results").size(), row.statuses.size());
    for (std::size_t i = 0; i < row.statuses.size(); ++i) {
      EXPECT_EQ(answer->at("results")[i].at("status"), row.statuses[i]);
      EXPECT_EQ(answer->at("results")[i].at("source_event_id"), "id" + std::to_string(i));
    }
  }
}

}  // namespace
}  // namespace calmux
