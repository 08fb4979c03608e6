#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace calmux {

/// A few threads for what blocks: reads of the database that a request asks for. Thread-safe.
class TaskPool {
 public:
  TaskPool(int threads, std::size_t longest_queue);
  ~TaskPool();  ///< finishes what was submitted
  TaskPool(const TaskPool&) = delete;
  TaskPool& operator=(const TaskPool&) = delete;

  /// False where too many wait already: the task was not taken. A task must not throw.
  bool submit(std::function<void()> task);

 private:
  void run();

  const std::size_t longest_queue_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace calmux
