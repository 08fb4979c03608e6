#include "middleware/committer.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <utility>

namespace calmux {
namespace {

constexpr std::chrono::milliseconds retry_pause{100};
constexpr int max_tries = 10;
constexpr std::chrono::milliseconds count_period{100};

bool worth_repeating(ErrorKind kind) {
  // Every delivery has a unique key, so a commit whose answer was lost may be repeated: the second try meets the first
  // one's rows.
  return kind == ErrorKind::database_in_doubt || kind == ErrorKind::database_unavailable ||
         kind == ErrorKind::database_conflict;
}

}  // namespace

struct Committer::Entry {
  std::vector<postgres::NewDelivery> deliveries;
  Done done;
  std::chrono::steady_clock::time_point arrived;
  std::atomic<bool> settled{false};
};

Committer::Committer(postgres::Inbox& inbox, Metrics& metrics, CommitterOptions options)
    : inbox_(inbox), metrics_(metrics), options_(options) {
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { run(); });
  threads_.emplace_back([this] { watch_deadlines(); });
}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_all();
  stopped_.notify_all();
  for (auto& thread : threads_) thread.join();
}

bool Committer::submit(std::vector<postgres::NewDelivery> deliveries, Done done) {
  auto entry = std::make_shared<Entry>();
  entry->deliveries = std::move(deliveries);
  entry->done = std::move(done);
  entry->arrived = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queued_deliveries_ + entry->deliveries.size() > options_.queue) return false;
    queued_deliveries_ += entry->deliveries.size();
    count(entry->deliveries.size(), entry->arrived);
    queue_.push_back(entry);
    unanswered_.push_back(std::move(entry));
  }
  arrived_.notify_one();
  return true;
}

void Committer::count(std::size_t deliveries, std::chrono::steady_clock::time_point now) {
  if (now - counted_since_ >= count_period) {
    counted_before_ = now - counted_since_ < 2 * count_period ? counted_ : 0;
    counted_ = 0;
    counted_since_ = now;
  }
  counted_ += deliveries;
}

bool Committer::flooded() const {
  const auto many = options_.flood * count_period / std::chrono::seconds{1};
  const std::lock_guard lock(mutex_);
  if (std::chrono::steady_clock::now() - counted_since_ >= 2 * count_period) return false;
  return counted_ > many || counted_before_ > many;
}

Committer::Batch Committer::take() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
  Batch batch;
  std::size_t deliveries = 0;
  while (!queue_.empty()) {
    auto& next = queue_.front();
    if (!batch.empty() && deliveries + next->deliveries.size() > options_.batch) break;
    deliveries += next->deliveries.size();
    queued_deliveries_ -= next->deliveries.size();
    // One that was turned away by its deadline was answered: its sender comes again.
    if (!next->settled) batch.push_back(std::move(next));
    queue_.pop_front();
  }
  return batch;
}

void Committer::run() {
  while (true) {
    auto batch = take();
    if (!batch.empty()) {
      commit(std::move(batch));
      continue;
    }
    const std::lock_guard lock(mutex_);
    if (stopping_ && queue_.empty()) return;
  }
}

Result<std::vector<postgres::Accepted>> Committer::accept(const Batch& batch) {
  std::vector<postgres::NewDelivery> deliveries;
  for (const auto& entry : batch) {
    std::ranges::copy(entry->deliveries, std::back_inserter(deliveries));
  }
  const auto give_up = batch.front()->arrived + options_.deadline;
  for (int tried = 1;; ++tried) {
    auto accepted = inbox_.accept(deliveries);
    if (accepted || !worth_repeating(accepted.error().kind)) return accepted;
    if (tried == max_tries || std::chrono::steady_clock::now() + retry_pause > give_up) return accepted;
    // The first repetition is immediate: after a restart of PostgreSQL each pooled connection fails once.
    if (tried > 1) std::this_thread::sleep_for(retry_pause);
  }
}

void Committer::commit(Batch batch) {
  auto accepted = accept(batch);
  if (!accepted) {
    const bool repeat_alone = batch.size() > 1 && !worth_repeating(accepted.error().kind);
    for (auto& entry : batch) {
      // One delivery that PostgreSQL will not have must not turn its neighbours away.
      settle(*entry, repeat_alone ? accept({entry})
                                  : Result<std::vector<postgres::Accepted>>(tl::unexpected(accepted.error())));
    }
    return;
  }
  auto next = accepted->begin();
  for (auto& entry : batch) {
    const auto end = next + static_cast<std::ptrdiff_t>(entry->deliveries.size());
    settle(*entry, std::vector<postgres::Accepted>(std::make_move_iterator(next), std::make_move_iterator(end)));
    next = end;
  }
}

void Committer::settle(Entry& entry, Result<std::vector<postgres::Accepted>> result) {
  if (entry.settled.exchange(true)) return;
  metrics_.commit_seconds.Observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - entry.arrived).count());
  entry.done(std::move(result));
}

void Committer::watch_deadlines() {
  std::unique_lock lock(mutex_);
  while (!stopping_ || !unanswered_.empty()) {
    const auto overdue = std::chrono::steady_clock::now() - options_.deadline;
    while (!unanswered_.empty() && (unanswered_.front()->settled || unanswered_.front()->arrived < overdue)) {
      const auto entry = std::move(unanswered_.front());
      unanswered_.pop_front();
      lock.unlock();
      settle(*entry, fail(ErrorKind::database_unavailable, "the database did not confirm in time"));
      lock.lock();
    }
    stopped_.wait_for(lock, std::chrono::milliseconds{50});
  }
}

}  // namespace calmux
