#pragma once

#include <atomic>
#include <chrono>
#include <thread>

#include "middleware/authenticator.h"
#include "middleware/wakeup.h"
#include "postgres/inbox.h"
#include "postgres/key_store.h"

namespace calmux {

/// What is due every now and then: keys that were added or revoked, finished deliveries that are old.
class Housekeeper {
 public:
  Housekeeper(postgres::KeyStore& keys, Authenticator& authenticator, postgres::Inbox& inbox,
              std::chrono::hours retention);
  ~Housekeeper();
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

 private:
  void run();
  void refresh_keys();
  void prune();

  postgres::KeyStore& keys_;
  Authenticator& authenticator_;
  postgres::Inbox& inbox_;
  const std::chrono::hours retention_;
  Wakeup wakeup_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace calmux
