#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "middleware/converge.h"
#include "middleware/retry_policy.h"
#include "tests/unit/middleware/memory_destination.h"

namespace calmux {
namespace {

using namespace std::chrono_literals;
using postgres::WriteResult;
using testing::claimed;
using testing::MemoryDestination;

const std::string href = "/cal/calmux-1.ics";

/// The kinds that converge() hands on; it looks closer at the two others (not_found, precondition_failed).
std::vector<ErrorKind> kinds_handed_on() {
  std::vector<ErrorKind> kinds;
  for (int i = 0; i <= static_cast<int>(ErrorKind::internal); ++i) {
    const auto kind = static_cast<ErrorKind>(i);
    if (kind != ErrorKind::not_found && kind != ErrorKind::precondition_failed) kinds.push_back(kind);
  }
  return kinds;
}

void expect_handed_on(const Converged& converged, ErrorKind kind, int attempt) {
  EXPECT_EQ(converged.failure, kind);
  EXPECT_EQ(converged.outcome.answer, "scripted");
  EXPECT_EQ(converged.outcome.id, 7);
  EXPECT_EQ(converged.outcome.version, 3);
  EXPECT_EQ(converged.outcome.request_id, "r-1");
  const auto next = disposition(kind);
  const bool given_up = next == Disposition::give_up || (next == Disposition::attempt && attempt >= max_attempts);
  EXPECT_EQ(converged.outcome.result, given_up ? WriteResult::error : WriteResult::retry) << static_cast<int>(kind);
  const Error error{kind, "", std::nullopt, std::nullopt};
  EXPECT_GE(converged.outcome.delay, given_up ? 0ms : backoff(error, attempt, 0.0)) << static_cast<int>(kind);
  EXPECT_LE(converged.outcome.delay, given_up ? 0ms : backoff(error, attempt, 1.0)) << static_cast<int>(kind);
}

TEST(ConvergeFailure, each_kind_is_retried_or_given_up_as_the_policy_says) {
  for (const auto kind : kinds_handed_on()) {
    for (const int attempt : {1, max_attempts - 1, max_attempts, 100}) {
      MemoryDestination destination;
      destination.fail_next("create", kind);
      auto object = claimed("x");
      object.attempt = attempt;
      expect_handed_on(converge(object, destination), kind, attempt);
      EXPECT_EQ(destination.requests.size(), 1u) << "one request is enough to know";
    }
  }
}

TEST(ConvergeFailure, a_failed_update_keeps_what_is_known_and_never_deletes) {
  for (const auto kind : kinds_handed_on()) {
    MemoryDestination destination;
    destination.put(href, "old");
    destination.fail_next("update", kind);
    auto object = claimed("x");
    object.href = href;
    object.etag = destination.resources.at(href).etag;
    const auto converged = converge(object, destination);
    expect_handed_on(converged, kind, 1);
    EXPECT_EQ(converged.outcome.href, href);
    EXPECT_EQ(converged.outcome.etag, object.etag);
    EXPECT_EQ(destination.count("remove"), 0u);
    EXPECT_TRUE(destination.resources.contains(href));
  }
}

TEST(ConvergeFailure, a_failed_look_is_handed_on_and_nothing_is_overwritten_blindly) {
  for (const auto kind : kinds_handed_on()) {
    MemoryDestination destination;
    destination.put(href, "old");
    destination.fail_next("fetch", kind);
    expect_handed_on(converge(claimed("x"), destination), kind, 1);
    EXPECT_EQ(destination.resources.at(href).body, "old");
  }
}

TEST(ConvergeFailure, a_failed_deletion_is_handed_on) {
  for (const auto kind : kinds_handed_on()) {
    MemoryDestination destination;
    destination.put(href, "old");
    destination.fail_next("remove", kind);
    auto object = claimed("x");
    object.href = href;
    object.desired.reset();
    expect_handed_on(converge(object, destination), kind, 1);
    EXPECT_TRUE(destination.resources.contains(href));
  }
}

TEST(ConvergeFailure, a_calendar_that_cannot_be_opened_is_the_failure) {
  MemoryDestination destination;
  destination.collection_exists = false;
  destination.fail_next("open", ErrorKind::unauthorized);
  expect_handed_on(converge(claimed("x"), destination), ErrorKind::unauthorized, 1);
}

TEST(ConvergeFailure, the_delay_that_the_server_names_is_respected) {
  MemoryDestination destination;
  destination.faults["create"].push_back({{ErrorKind::rate_limited, "later", 429, 120s}, false});
  EXPECT_EQ(converge(claimed("x"), destination).outcome.delay, 120s);
}

TEST(ConvergeFailure, an_object_that_somebody_keeps_changing_is_left_for_later) {
  MemoryDestination destination;
  destination.put(href, "old");
  for (int i = 0; i < 10; ++i) destination.fail_next("update", ErrorKind::precondition_failed);
  auto object = claimed("x");
  object.href = href;
  object.etag = "\"1\"";
  const auto converged = converge(object, destination);
  EXPECT_EQ(converged.outcome.result, WriteResult::retry);
  EXPECT_GT(converged.outcome.delay, 0ms);
  EXPECT_LE(destination.requests.size(), 6u);
  EXPECT_EQ(destination.count("remove"), 0u);
}

TEST(ConvergeFailure, a_fight_over_one_object_is_no_outage_of_the_destination) {
  for (const bool deletion : {false, true}) {
    MemoryDestination destination;
    destination.put(href, "old");
    for (int i = 0; i < 10; ++i) destination.fail_next(deletion ? "remove" : "update", ErrorKind::precondition_failed);
    auto object = claimed("x");
    if (deletion) object.desired.reset();
    object.href = href;
    object.etag = "\"1\"";
    const auto failure = converge(object, destination).failure;
    ASSERT_TRUE(failure);
    EXPECT_NE(*failure, ErrorKind::unavailable) << "it would close the gate for every other object";
  }
}

TEST(ConvergeFailure, an_object_that_cannot_be_rendered_asks_the_server_nothing) {
  MemoryDestination destination;
  auto object = claimed("x");
  object.desired->main.recurrence = Recurrence{"FREQ=NEVER", {}, {}};
  const auto converged = converge(object, destination);
  EXPECT_EQ(converged.outcome.result, WriteResult::error);
  EXPECT_TRUE(destination.requests.empty());
}

}  // namespace
}  // namespace calmux
