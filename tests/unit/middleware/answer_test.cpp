#include "middleware/answer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <thread>

namespace calmux {
namespace {

using nlohmann::json;

std::string header(const HttpResponse& response, std::string_view name) {
  for (const auto& one : response.headers) {
    if (one.name == name) return one.value;
  }
  return "(none)";
}

TEST(Answer, a_refusal_has_one_shape_and_names_its_request) {
  const auto response = error_answer(400, "line 1 is \"wrong\"", "r-1");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(header(response, "X-Request-ID"), "r-1");
  EXPECT_EQ(json::parse(response.body),
            (json{{"status", "error"}, {"message", "line 1 is \"wrong\""}, {"request_id", "r-1"}}));
  EXPECT_EQ(header(response, "Retry-After"), "(none)");
}

TEST(Answer, later_says_when) {
  const auto response = later_answer(503, "not now", "r-2", 5);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(header(response, "Retry-After"), "5");
  EXPECT_EQ(json::parse(response.body)["message"], "not now");
}

TEST(Answer, text_that_is_not_UTF_8_does_not_break_the_answer) {
  EXPECT_NO_THROW(EXPECT_EQ(json::parse(error_answer(400, "\xFF\xFE", "r").body)["status"], "error"));
}

TEST(Answer, request_ids_never_repeat_whichever_thread_draws_them) {
  constexpr int threads = 4, each = 1'000;
  std::vector<std::vector<std::string>> drawn(threads);
  std::vector<std::thread> drawers;
  for (auto& ids : drawn) {
    drawers.emplace_back([&ids] {
      for (int i = 0; i < each; ++i) ids.push_back(new_request_id());
    });
  }
  for (auto& drawer : drawers) drawer.join();
  std::set<std::string> all;
  for (const auto& ids : drawn) all.insert(ids.begin(), ids.end());
  EXPECT_EQ(all.size(), std::size_t{threads * each});
  EXPECT_EQ(all.begin()->size(), 32u);
}

}  // namespace
}  // namespace calmux
