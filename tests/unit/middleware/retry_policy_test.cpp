#include "middleware/retry_policy.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <thread>

namespace calmux {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

struct Row {
  ErrorKind kind;
  Disposition expected;
};

constexpr std::array rows{
    Row{ErrorKind::malformed, Disposition::give_up},        Row{ErrorKind::unplaceable, Disposition::give_up},
    Row{ErrorKind::not_found, Disposition::resolve},        Row{ErrorKind::precondition_failed, Disposition::resolve},
    Row{ErrorKind::uid_conflict, Disposition::attempt},     Row{ErrorKind::refused, Disposition::give_up},
    Row{ErrorKind::too_large, Disposition::give_up},        Row{ErrorKind::unauthorized, Disposition::hold},
    Row{ErrorKind::rate_limited, Disposition::retry},       Row{ErrorKind::unavailable, Disposition::retry},
    Row{ErrorKind::timed_out, Disposition::retry},          Row{ErrorKind::peer_failed, Disposition::attempt},
    Row{ErrorKind::protocol, Disposition::attempt},         Row{ErrorKind::database_unavailable, Disposition::retry},
    Row{ErrorKind::database_conflict, Disposition::retry},  Row{ErrorKind::database_in_doubt, Disposition::retry},
    Row{ErrorKind::database_refused, Disposition::give_up}, Row{ErrorKind::internal, Disposition::give_up},
};
static_assert(rows.size() == static_cast<std::size_t>(ErrorKind::internal) + 1, "a kind has no row");

milliseconds delay(ErrorKind kind, int attempt, double random) {
  return backoff({kind, "", {}, {}}, attempt, random);
}

TEST(RetryPolicy, every_kind_of_error_has_its_disposition) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(static_cast<std::size_t>(rows[i].kind), i) << "the rows stand in the order of the kinds";
    EXPECT_EQ(disposition(rows[i].kind), rows[i].expected) << i;
  }
}

TEST(RetryPolicy, an_outage_is_never_given_up) {
  for (const auto kind : {ErrorKind::unavailable, ErrorKind::timed_out, ErrorKind::rate_limited,
                          ErrorKind::database_unavailable, ErrorKind::unauthorized}) {
    EXPECT_NE(disposition(kind), Disposition::give_up);
    EXPECT_NE(disposition(kind), Disposition::attempt);
  }
}

TEST(RetryPolicy, the_backoff_doubles_from_a_second_to_five_minutes) {
  constexpr std::array wholes{1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 300s, 300s};
  for (std::size_t i = 0; i < wholes.size(); ++i) {
    const auto attempt = static_cast<int>(i) + 1;
    EXPECT_EQ(delay(ErrorKind::unavailable, attempt, 0.0), milliseconds{wholes[i]} / 2) << attempt;
    EXPECT_LE(delay(ErrorKind::unavailable, attempt, 0.999'999), wholes[i]) << attempt;
    EXPECT_GE(delay(ErrorKind::unavailable, attempt, 0.999'999), milliseconds{wholes[i]} - 1ms) << attempt;
  }
}

TEST(RetryPolicy, what_is_held_waits_up_to_fifteen_minutes) {
  EXPECT_GE(delay(ErrorKind::unauthorized, 1, 0.0), 15s);
  EXPECT_EQ(delay(ErrorKind::unauthorized, 10, 0.0), 450s);
  EXPECT_LE(delay(ErrorKind::unauthorized, 10, 0.999'999), 900s);
}

TEST(RetryPolicy, no_number_of_attempts_leaves_the_bounds) {
  for (const int attempt : {-1, 0, 1, 20, 40, 1'000, 2'147'483'647}) {
    for (const auto& row : rows) {
      EXPECT_GE(delay(row.kind, attempt, 0.0), 500ms);
      EXPECT_LE(delay(row.kind, attempt, 0.999'999), 900s);
    }
  }
}

TEST(RetryPolicy, the_peers_retry_after_is_respected) {
  const auto after = [](std::chrono::seconds named, int attempt) {
    return backoff({ErrorKind::rate_limited, "", 429, named}, attempt, 0.5);
  };
  EXPECT_EQ(after(120s, 1), 120s);
  EXPECT_EQ(after(0s, 3), 3s) << "half of 4 s, and half of the other half";
  EXPECT_EQ(after(1s, 3), 3s) << "a peer that names less than our own back-off gets ours";
  EXPECT_EQ(after(600s, 9), 600s) << "longer than our longest";
}

TEST(RetryPolicy, jitter_lies_within_its_bounds_and_differs_between_threads) {
  std::set<double> drawn;
  for (int thread = 0; thread < 4; ++thread) {
    double first = -1;
    std::thread([&] { first = jitter(); }).join();
    drawn.insert(first);
  }
  EXPECT_GT(drawn.size(), 1u);
  for (int i = 0; i < 10'000; ++i) {
    const double one = jitter();
    ASSERT_GE(one, 0.0);
    ASSERT_LT(one, 1.0);
  }
}

}  // namespace
}  // namespace calmux
