#include "middleware/outcome_waiter.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "middleware/answer.h"

namespace calmux {
namespace {

/// Another process may fold or write what waits here; its notifications may be missed.
constexpr std::chrono::milliseconds look_every{250};
constexpr std::chrono::milliseconds doze{1'000};

nlohmann::json one_outcome(const nlohmann::json& delivery, std::chrono::milliseconds took) {
  return {{"status", delivery["status"]},
          {"operation", delivery["operation"]},
          {"source_event_id", delivery["source_event_id"]},
          {"caldav_uid", delivery["caldav_uid"]},
          {"caldav_url", delivery["caldav_url"]},
          {"processing_time_ms", took.count()},
          {"reason", delivery["reason"]}};
}

}  // namespace

std::optional<nlohmann::json> outcome_answer(const nlohmann::json& operation, std::chrono::milliseconds took) {
  const auto& deliveries = operation.at("deliveries");
  const bool under_way =
      std::ranges::any_of(deliveries, [](const auto& delivery) { return delivery.at("status") == "accepted"; });
  if (deliveries.empty() || under_way) return std::nullopt;
  if (deliveries.size() == 1) {
    auto answer = one_outcome(deliveries.front(), took);
    answer["request_id"] = operation.at("request_id");
    return answer;
  }
  nlohmann::json results = nlohmann::json::array();
  std::string overall = "skipped";
  for (const auto& delivery : deliveries) {
    results.push_back(one_outcome(delivery, took));
    const auto status = delivery.at("status").get<std::string>();
    if (status == "error" || (status == "success" && overall != "error")) overall = status;
  }
  return nlohmann::json{{"status", overall},
                        {"request_id", operation.at("request_id")},
                        {"processing_time_ms", took.count()},
                        {"results", std::move(results)}};
}

OutcomeWaiter::OutcomeWaiter(postgres::Overview& overview, int limit)
    : overview_(overview), limit_(limit), thread_([this] { run(); }) {}

OutcomeWaiter::~OutcomeWaiter() {
  release();
  thread_.join();
}

void OutcomeWaiter::release() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  bell_.notify_all();
}

bool OutcomeWaiter::take(Waiting& waiting) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || held_ >= limit_) return false;
    ++held_;
    rung_ = true;
    arrived_.push_back(std::move(waiting));
  }
  bell_.notify_all();
  return true;
}

void OutcomeWaiter::wake() {
  {
    const std::lock_guard lock(mutex_);
    if (held_ == 0) return;
    rung_ = true;
  }
  bell_.notify_all();
}

void OutcomeWaiter::run() {
  std::list<Waiting> waiting;
  while (true) {
    bool stopping = false;
    {
      std::unique_lock lock(mutex_);
      bell_.wait_for(lock, waiting.empty() ? doze : look_every, [&] { return rung_ || stopping_; });
      rung_ = false;
      stopping = stopping_;
      waiting.splice(waiting.end(), arrived_);
    }
    const auto at = std::chrono::steady_clock::now();
    int released = 0;
    for (auto one = waiting.begin(); one != waiting.end();) {
      std::optional<HttpResponse> response;
      if (!one->responder.peer_gone()) {
        if (const auto operation = overview_.operation(one->request_id)) {
          const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(at - one->since);
          if (const auto answer = outcome_answer(*operation, took))
            response = json_answer(200, *answer, one->request_id);
        }
        if (!response && (at >= one->deadline || stopping)) response = std::move(one->accepted);
        if (!response) {
          ++one;
          continue;
        }
        one->responder.send(std::move(*response));
      }
      one = waiting.erase(one);
      ++released;
    }
    const std::lock_guard lock(mutex_);
    held_ -= released;
    if (stopping && waiting.empty() && arrived_.empty()) return;
  }
}

}  // namespace calmux
