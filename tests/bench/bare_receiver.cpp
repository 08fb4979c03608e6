// What the receiver would do if storing cost nothing: the service's own listener, key check, parser and answer, but a
// delivery is accepted at once. Another thread answers, in batches, as the committer does. The yardstick for ingest.

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "middleware/answer.h"
#include "middleware/authenticator.h"
#include "middleware/http_server.h"
#include "middleware/routes.h"
#include "middleware/webhook.h"

namespace {

/// The committer's place: takes what waits, and answers it.
class Acceptor {
 public:
  Acceptor() {
    for (int i = 0; i < kThreads; ++i) std::thread([this] { run(); }).detach();
  }

  void submit(calmux::Webhook webhook, calmux::Responder responder) {
    {
      const std::lock_guard lock(mutex_);
      queue_.emplace_back(std::move(webhook), std::move(responder));
    }
    arrived_.notify_one();
  }

 private:
  using Entry = std::pair<calmux::Webhook, calmux::Responder>;
  static constexpr int kThreads = 2;
  static constexpr std::size_t kBatch = 256;

  void run() {
    while (true) {
      std::vector<Entry> batch;
      {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [&] { return !queue_.empty(); });
        for (; !queue_.empty() && batch.size() < kBatch; queue_.pop_front()) batch.push_back(std::move(queue_.front()));
      }
      for (auto& [webhook, responder] : batch) {
        const auto& delivery = webhook.deliveries.front();
        responder.send(calmux::json_answer(200,
                                           {{"status", "accepted"},
                                            {"operation", calmux::to_string(delivery.operation)},
                                            {"source_event_id", delivery.source_event_id},
                                            {"request_id", delivery.request_id},
                                            {"duplicate", false}},
                                           delivery.request_id));
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Entry> queue_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bare_receiver API_KEY   prints its port and runs until it is ended\n");
    return 2;
  }
  using namespace calmux;
  const Authenticator authenticator({argv[1]});
  Acceptor acceptor;
  HttpServer server(
      {},
      [&](HttpRequest&& request, Responder&& responder) {
        const auto request_id = new_request_id();
        const auto source = request.header("X-Calendar-Source");
        if (!match(request.path)) return responder.send(error_answer(404, "no such path", request_id));
        if (authenticator.check(request, source) != Access::granted)
          return responder.send(error_answer(401, "no valid key", request_id));
        auto webhook = read_webhook(request, std::nullopt, std::string(source.value_or("")), request_id);
        if (!webhook) return responder.send(error_answer(webhook.error().status, webhook.error().message, request_id));
        acceptor.submit(std::move(*webhook), std::move(responder));
      },
      [](int status, std::string_view reason) { return error_answer(status, reason, new_request_id()); });
  server.start();
  std::printf("%d\n", static_cast<int>(server.port()));
  std::fflush(stdout);
  ::pause();
  // The acceptor's threads still wait, so nothing is torn down.
  std::quick_exit(0);
}
