#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "middleware/authenticator.h"
#include "middleware/health.h"
#include "middleware/http_message.h"
#include "middleware/metrics.h"
#include "middleware/receiver.h"
#include "middleware/routes.h"
#include "middleware/task_pool.h"
#include "postgres/inbox.h"
#include "postgres/object_store.h"
#include "postgres/overview.h"

namespace calmux {

/// Which request goes where: the HTTP interface of docs/api.md. Thread-safe; never blocks an I/O thread.
class Api {
 public:
  struct Parts {
    Receiver& receiver;
    const Authenticator& authenticator;
    const Health& health;
    Metrics& metrics;
    TaskPool& tasks;
    postgres::Overview& overview;
    postgres::Inbox& inbox;
    postgres::ObjectStore& objects;
    std::function<void()> replayed;  ///< deliveries and objects that were given up are due again
  };

  explicit Api(Parts parts) : parts_(std::move(parts)) {}

  void handle(HttpRequest&& request, Responder&& responder);

 private:
  using Read = std::function<Result<nlohmann::json>()>;

  void read(Responder responder, const std::string& request_id, Read read);
  HttpResponse health(const HttpRequest& request, const std::string& request_id) const;
  Read reader(const HttpRequest& request, const Match& matched);
  Result<nlohmann::json> replay(const std::string& id);

  Parts parts_;
};

}  // namespace calmux
