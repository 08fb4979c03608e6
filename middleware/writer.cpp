#include "middleware/writer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "middleware/clock.h"
#include "middleware/converge.h"
#include "middleware/log.h"
#include "middleware/retry_policy.h"

namespace calmux {
namespace {

// Longer than a convergence may take (converge.h), so that what another process takes over is not still being written;
// short, since what a killed process held waits for it.
constexpr std::chrono::seconds lease{60};
constexpr std::chrono::milliseconds poll_every{1'000};
constexpr std::chrono::milliseconds record_again{500};
/// Outcomes that come in quick succession are recorded together; the first after a calm is not held back.
constexpr std::chrono::milliseconds record_every{25};

const char* name(postgres::WriteResult result) {
  switch (result) {
  case postgres::WriteResult::created:
    return "created";
  case postgres::WriteResult::updated:
    return "updated";
  case postgres::WriteResult::deleted:
    return "deleted";
  case postgres::WriteResult::unchanged:
    return "unchanged";
  case postgres::WriteResult::retry:
    return "retry";
  case postgres::WriteResult::error:
    return "error";
  }
  return "";
}

/// What was claimed but not begun when the process ends: another one need not wait for the lease.
postgres::WriteOutcome given_back(const postgres::ClaimedObject& object) {
  postgres::WriteOutcome outcome;
  outcome.id = object.id;
  outcome.version = object.desired_version;
  outcome.request_id = object.request_id;
  outcome.result = postgres::WriteResult::retry;
  outcome.answer = "the service stopped before it was written";
  return outcome;
}

}  // namespace

Writer::Writer(postgres::ObjectStore& objects, Destination& destination, DestinationGate& gate, Metrics& metrics,
               int parallel, std::string worker, Wakeup& decided, Hooks hooks)
    : objects_(objects),
      destination_(destination),
      gate_(gate),
      metrics_(metrics),
      parallel_(parallel),
      worker_(std::move(worker)),
      decided_(decided),
      hooks_(std::move(hooks)) {
  for (int i = 0; i < parallel_; ++i) writers_.emplace_back([this] { write(); });
  recorder_ = std::thread([this] { record(); });
  claimer_ = std::thread([this] { claim(); });
}

Writer::~Writer() {
  stopping_ = true;
  decided_.ring();
  claimer_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& object : todo_) done_.push_back(given_back(object));
    todo_.clear();
    no_more_claims_ = true;
  }
  claimed_.notify_all();
  for (auto& writer : writers_) writer.join();
  {
    const std::lock_guard lock(mutex_);
    no_more_writes_ = true;
  }
  written_.notify_all();
  recorder_.join();
}

std::size_t Writer::room() {
  const std::lock_guard lock(mutex_);
  // Twice what is written at a time: enough that no writer waits for a claim, and little to give back after a crash.
  const auto wanted = static_cast<std::size_t>(parallel_) * 2;
  const auto held = todo_.size();
  return held >= wanted ? 0 : wanted * 2 - held;
}

std::chrono::milliseconds Writer::until_due() {
  const auto due = objects_.next_due();
  if (!due || !*due) return poll_every;
  return std::clamp<std::chrono::milliseconds>(**due, std::chrono::milliseconds{1}, poll_every);
}

void Writer::claim() {
  int failures = 0;
  while (!stopping_) {
    const auto wanted = gate_.open() ? room() : 0;
    if (wanted == 0) {
      decided_.wait(poll_every);
      continue;
    }
    auto objects = objects_.claim(worker_, static_cast<int>(wanted), lease);
    if (!objects) {
      log::warning("calendar objects cannot be claimed", "", {{"reason", objects.error().message}});
      decided_.wait(
          std::min<std::chrono::milliseconds>(backoff(objects.error(), ++failures, jitter()), std::chrono::seconds{2}));
      continue;
    }
    failures = 0;
    if (objects->empty()) {
      decided_.wait(until_due());
      continue;
    }
    {
      const std::lock_guard lock(mutex_);
      std::ranges::move(*objects, std::back_inserter(todo_));
    }
    claimed_.notify_all();
  }
}

void Writer::write() {
  std::unique_lock lock(mutex_);
  while (true) {
    claimed_.wait(lock, [&] { return no_more_claims_ || !todo_.empty(); });
    if (todo_.empty()) return;
    const auto object = std::move(todo_.front());
    todo_.pop_front();
    const bool low = todo_.size() < static_cast<std::size_t>(parallel_);
    lock.unlock();
    if (low) decided_.ring();

    const auto begun = std::chrono::steady_clock::now();
    // What was claimed before the destination went away need not find out one by one.
    auto converged = gate_.open() ? converge(object, destination_) : not_now(object);
    metrics_.write_seconds.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());

    if (converged.failure && gate_.saw(*converged.failure)) hooks_.outage();

    lock.lock();
    done_.push_back(std::move(converged.outcome));
    written_.notify_one();
  }
}

void Writer::record() {
  const auto enough = 2 * static_cast<std::size_t>(parallel_);
  std::chrono::steady_clock::time_point next;
  std::unique_lock lock(mutex_);
  while (true) {
    written_.wait(lock, [&] { return no_more_writes_ || !done_.empty(); });
    if (done_.empty()) return;
    written_.wait_until(lock, next, [&] { return no_more_writes_ || done_.size() >= enough; });
    const auto outcomes = std::exchange(done_, {});
    lock.unlock();
    for (const auto& outcome : outcomes) report(outcome);
    // Until it is recorded nobody knows what was written, so this does not give up; should the process end first, the
    // next claim finds our own content in the destination.
    while (true) {
      const auto recorded = objects_.record(outcomes, worker_);
      if (recorded) break;
      log::warning("what was written cannot be recorded", "", {{"reason", recorded.error().message}});
      if (stopping_ || disposition(recorded.error().kind) != Disposition::retry) break;
      std::this_thread::sleep_for(record_again);
    }
    hooks_.recorded();
    decided_.ring();  // deletions may have waited for what was written
    next = std::chrono::steady_clock::now() + record_every;
    lock.lock();
  }
}

void Writer::report(const postgres::WriteOutcome& outcome) {
  metrics_.writes.Add({{"result", name(outcome.result)}}).Increment();
  const auto id = std::to_string(outcome.id);
  const bool failed = outcome.result == postgres::WriteResult::retry || outcome.result == postgres::WriteResult::error;
  (failed ? log::warning : log::info)(
      failed ? "calendar object not written" : "calendar object converged", outcome.request_id,
      {{"object_id", id}, {"result", name(outcome.result)}, {"href", outcome.href}, {"answer", outcome.answer}});
}

}  // namespace calmux
