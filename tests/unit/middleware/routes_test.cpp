#include "middleware/routes.h"

#include <gtest/gtest.h>

#include <vector>

namespace calmux {
namespace {

struct Documented {
  std::string_view path;
  Route route;
  std::string_view method;
  std::string_view subject;
};

TEST(Routes, each_documented_path_has_its_meaning_and_its_method) {
  const std::vector<Documented> table{
      {"/api/webhook/event/created", Route::webhook_created, "POST", ""},
      {"/api/webhook/event/updated", Route::webhook_updated, "POST", ""},
      {"/api/webhook/event/deleted", Route::webhook_deleted, "POST", ""},
      {"/api/webhook/event", Route::webhook_event, "POST", ""},
      {"/api/health", Route::health, "GET", ""},
      {"/api/health/live", Route::live, "GET", ""},
      {"/api/health/ready", Route::ready, "GET", ""},
      {"/metrics", Route::metrics, "GET", ""},
      {"/api/stats", Route::stats, "GET", ""},
      {"/api/sources", Route::sources, "GET", ""},
      {"/api/sources/m365_tenant1", Route::source, "GET", "m365_tenant1"},
      {"/api/sources/user@example.org:work", Route::source, "GET", "user@example.org:work"},
      {"/api/events", Route::events, "GET", ""},
      {"/api/events/AAMkAG=/trace", Route::trace, "GET", "AAMkAG="},
      {"/api/events/trace/trace", Route::trace, "GET", "trace"},
      {"/api/sync-history", Route::history, "GET", ""},
      {"/api/operations/0123abcd", Route::operation, "GET", "0123abcd"},
      {"/api/dead-letters", Route::dead_letters, "GET", ""},
      {"/api/dead-letters/17/replay", Route::replay_one, "POST", "17"},
      {"/api/dead-letters/replay", Route::replay_all, "POST", ""},
  };
  for (const auto& row : table) {
    const auto found = match(row.path);
    ASSERT_TRUE(found) << row.path;
    EXPECT_EQ(found->route, row.route) << row.path;
    EXPECT_EQ(found->method, row.method) << row.path;
    EXPECT_EQ(found->subject, row.subject) << row.path;
  }
}

TEST(Routes, an_events_id_may_hold_a_slash_that_was_encoded) {
  const auto found = match("/api/events/AAMk/AG+x/y==/trace");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->route, Route::trace);
  EXPECT_EQ(found->subject, "AAMk/AG+x/y==");
}

TEST(Routes, a_near_miss_means_nothing) {
  for (const std::string_view path : {"",
                                      "/",
                                      "*",
                                      "/api",
                                      "/api/",
                                      "api/health",
                                      "/api/health/",
                                      "/API/health",
                                      "/api/healthy",
                                      "/api/health/live/",
                                      "//api/health",
                                      "/api//health",
                                      "/metrics/",
                                      "/api/metrics",
                                      "/api/webhook",
                                      "/api/webhook/event/",
                                      "/api/webhook/event/create",
                                      "/api/webhook/event/Created",
                                      "/api/webhook/event/created/",
                                      "/api/webhook/event/created/x",
                                      "/api/webhook/events",
                                      "/api/sources/",
                                      "/api/sources/a/b",
                                      "/api/events/",
                                      "/api/events/x",
                                      "/api/events/trace",
                                      "/api/events//trace",
                                      "/api/events/x/trace/",
                                      "/api/events/x/Trace",
                                      "/api/sync_history",
                                      "/api/operations",
                                      "/api/operations/",
                                      "/api/operations/a/b",
                                      "/api/dead-letters/",
                                      "/api/dead-letters/17",
                                      "/api/dead-letters//replay",
                                      "/api/dead-letters/1/2/replay",
                                      "/api/dead-letters/replay/"}) {
    EXPECT_FALSE(match(path)) << path;
  }
}

}  // namespace
}  // namespace calmux
