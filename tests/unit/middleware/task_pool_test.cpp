#include "middleware/task_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>

namespace calmux {
namespace {

/// Holds the threads of a pool until it is opened.
struct Barrier {
  std::promise<void> opened;
  std::shared_future<void> open = opened.get_future().share();
  std::atomic<int> held{0};

  std::function<void()> task() {
    return [this] {
      ++held;
      open.wait();
    };
  }
  void await(int threads) const {
    while (held < threads) std::this_thread::yield();
  }
};

TEST(TaskPool, what_was_submitted_is_finished_before_the_pool_ends) {
  std::atomic<int> done{0};
  {
    TaskPool pool(3, 1'000);
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(pool.submit([&] { ++done; }));
  }
  EXPECT_EQ(done, 500);
}

TEST(TaskPool, what_finds_the_queue_full_is_not_taken) {
  Barrier barrier;
  std::atomic<int> done{0};
  {
    TaskPool pool(1, 2);
    ASSERT_TRUE(pool.submit(barrier.task()));
    barrier.await(1);
    EXPECT_TRUE(pool.submit([&] { ++done; }));
    EXPECT_TRUE(pool.submit([&] { ++done; }));
    EXPECT_FALSE(pool.submit([&] { done += 100; }));
    barrier.opened.set_value();
  }
  EXPECT_EQ(done, 2);
}

TEST(TaskPool, tasks_run_side_by_side) {
  Barrier barrier;
  TaskPool pool(2, 10);
  ASSERT_TRUE(pool.submit(barrier.task()));
  ASSERT_TRUE(pool.submit(barrier.task()));
  barrier.await(2);  // would hang if one waited for the other
  barrier.opened.set_value();
}

TEST(TaskPool, one_thread_keeps_the_order) {
  std::vector<int> order;
  {
    TaskPool pool(1, 100);
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(pool.submit([&order, i] { order.push_back(i); }));
  }
  ASSERT_EQ(order.size(), 50u);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(TaskPool, a_finished_task_lets_go_of_what_it_held) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = held;
  TaskPool pool(1, 10);
  std::promise<void> ran;
  ASSERT_TRUE(pool.submit([held = std::move(held)] {}));
  ASSERT_TRUE(pool.submit([&] { ran.set_value(); }));
  ran.get_future().wait();
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace calmux
