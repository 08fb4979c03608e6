#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "middleware/authenticator.h"
#include "middleware/committer.h"
#include "middleware/http_message.h"
#include "middleware/metrics.h"
#include "middleware/outcome_waiter.h"
#include "middleware/task_pool.h"
#include "middleware/webhook.h"
#include "postgres/inbox.h"

namespace calmux {

/// Takes webhooks: authenticates, bounds, parses just enough, has them stored, and answers once they are durable.
class Receiver {
 public:
  struct Parts {
    const Authenticator& authenticator;
    Committer& committer;
    OutcomeWaiter& waiter;
    TaskPool& tasks;
    postgres::Inbox& inbox;
    Metrics& metrics;
    std::function<void()> accepted;  ///< deliveries may be folded; called on any thread
  };

  explicit Receiver(Parts parts) : parts_(std::move(parts)) {}

  void receive(HttpRequest&& request, Responder&& responder, std::optional<Operation> by_path,
               const std::string& request_id);

 private:
  std::optional<HttpResponse> refuse_sender(const HttpRequest& request, const std::string& request_id) const;
  void refuse(const HttpRequest& request, Responder responder, const WebhookRefusal& refusal,
              const std::string& request_id);

  Parts parts_;
};

/// 401 for whoever presents no key or a wrong one: one text for both.
HttpResponse unauthorized_answer(const std::string& request_id);

}  // namespace calmux
