#include "middleware/destination_gate.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace calmux {
namespace {

bool is_outage(ErrorKind kind) {
  switch (kind) {
  case ErrorKind::unauthorized:
  case ErrorKind::unavailable:
  case ErrorKind::timed_out:
    return true;
  case ErrorKind::malformed:
  case ErrorKind::unplaceable:
  case ErrorKind::not_found:
  case ErrorKind::precondition_failed:
  case ErrorKind::uid_conflict:
  case ErrorKind::refused:
  case ErrorKind::too_large:
  case ErrorKind::rate_limited:
  case ErrorKind::peer_failed:
  case ErrorKind::protocol:
  case ErrorKind::database_unavailable:
  case ErrorKind::database_conflict:
  case ErrorKind::database_in_doubt:
  case ErrorKind::database_refused:
  case ErrorKind::internal:
    return false;
  }
  return false;
}

TEST(DestinationGate, an_outage_closes_it_and_the_fault_of_one_object_does_not) {
  for (int i = 0; i <= static_cast<int>(ErrorKind::internal); ++i) {
    const auto kind = static_cast<ErrorKind>(i);
    DestinationGate gate;
    EXPECT_TRUE(gate.open());
    EXPECT_EQ(gate.saw(kind), is_outage(kind)) << i;
    EXPECT_EQ(gate.open(), !is_outage(kind)) << i;
  }
}

TEST(DestinationGate, only_the_first_to_see_the_outage_closed_it) {
  DestinationGate gate;
  EXPECT_TRUE(gate.saw(ErrorKind::timed_out));
  EXPECT_FALSE(gate.saw(ErrorKind::timed_out));
  EXPECT_FALSE(gate.saw(ErrorKind::unavailable));
  gate.reopen();
  EXPECT_TRUE(gate.open());
  EXPECT_TRUE(gate.saw(ErrorKind::unauthorized));
}

TEST(DestinationGate, of_many_threads_one_closes_it) {
  DestinationGate gate;
  std::atomic<int> closed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { closed += gate.saw(ErrorKind::unavailable) ? 1 : 0; });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(closed, 1);
}

}  // namespace
}  // namespace calmux
