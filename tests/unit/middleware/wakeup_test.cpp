#include "middleware/wakeup.h"

#include <gtest/gtest.h>

#include <thread>

namespace calmux {
namespace {

using namespace std::chrono_literals;

/// Far longer than any test takes: whoever waits this long was not woken.
constexpr auto for_ever = 60s;

std::chrono::steady_clock::duration slept(Wakeup& wakeup, std::chrono::milliseconds longest) {
  const auto begun = std::chrono::steady_clock::now();
  wakeup.wait(longest);
  return std::chrono::steady_clock::now() - begun;
}

TEST(Wakeup, a_ring_before_the_sleep_is_not_lost) {
  Wakeup wakeup;
  wakeup.ring();
  EXPECT_LT(slept(wakeup, for_ever), 30s);
}

TEST(Wakeup, a_ring_wakes_the_sleeper) {
  Wakeup wakeup;
  std::thread ringer([&] {
    std::this_thread::sleep_for(10ms);
    wakeup.ring();
  });
  EXPECT_LT(slept(wakeup, for_ever), 30s);
  ringer.join();
}

TEST(Wakeup, without_a_ring_the_sleep_ends_in_time) {
  Wakeup wakeup;
  EXPECT_GE(slept(wakeup, 20ms), 20ms);
}

TEST(Wakeup, several_rings_wake_once) {
  Wakeup wakeup;
  for (int i = 0; i < 5; ++i) wakeup.ring();
  wakeup.wait(for_ever);
  EXPECT_GE(slept(wakeup, 20ms), 20ms);
}

}  // namespace
}  // namespace calmux
