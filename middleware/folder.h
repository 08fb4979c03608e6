#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "middleware/fold_plan.h"
#include "middleware/metrics.h"
#include "middleware/wakeup.h"
#include "postgres/event_store.h"
#include "postgres/inbox.h"

namespace calmux {

/// Takes deliveries from the inbox, decodes them, and lets the store fold and resolve them. One thread; several
/// processes may run one each.
class Folder {
 public:
  struct Hooks {
    std::function<void()> folded;     ///< after each batch, on the folder's thread: objects may wait to be written,
                                      ///< deliveries may have ended
    std::function<bool()> receiving;  ///< whether so many deliveries are arriving that folding should stand back
  };

  /// `arrived` rings when deliveries may be waiting.
  Folder(postgres::Inbox& inbox, postgres::EventStore& events, Metrics& metrics, PlanRules rules, std::string worker,
         Wakeup& arrived, Hooks hooks);
  ~Folder();  ///< finishes the batch in hand
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

 private:
  void run();
  void let_receiver_go_first(std::chrono::steady_clock::duration folded);
  void process(std::vector<postgres::ClaimedDelivery> claimed);
  void fold(const std::vector<DecodedDelivery>& batch);
  void return_to_inbox(const std::vector<DecodedDelivery>& batch, const Error& error);
  void bury(const postgres::ClaimedDelivery& delivery, const std::string& reason);

  postgres::Inbox& inbox_;
  postgres::EventStore& events_;
  Metrics& metrics_;
  const PlanRules rules_;
  const std::string worker_;
  Wakeup& arrived_;
  const Hooks hooks_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

/// Decodes the body of a delivery. Of a deletion only the id and the time of modification are read: the rest of it
/// means nothing.
Result<std::vector<Event>> decode(const postgres::ClaimedDelivery& delivery);

}  // namespace calmux
