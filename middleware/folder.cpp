#include "middleware/folder.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "connectors/icalendar/calendar_object_text.h"
#include "connectors/m365/decode.h"
#include "middleware/clock.h"
#include "middleware/log.h"
#include "middleware/retry_policy.h"

namespace calmux {
namespace {

constexpr int batch_size = 64;
constexpr std::chrono::seconds lease{30};
constexpr std::chrono::milliseconds poll_every{500};
/// A sender waits for its commit, nobody for the fold: while deliveries flood in, folding takes one part of the time in
/// this many, but comes round once in a while.
constexpr int flood_share = 25;
constexpr std::chrono::milliseconds longest_hold{500};
constexpr std::chrono::milliseconds hold{5};
/// A delivery that ends the process each time it is folded is found out by its claims: from the third on it is folded
/// alone.
constexpr int suspicious_attempt = 3;
constexpr int last_attempt = 20;

}  // namespace

Result<std::vector<Event>> decode(const postgres::ClaimedDelivery& delivery) {
  Event deleted;
  deleted.source_event_id = delivery.source_event_id;
  const bool deletion = delivery.operation == Operation::delete_;
  if (delivery.media == postgres::Media::icalendar)
    return deletion ? std::vector{deleted} : icalendar::read(delivery.body);

  const auto item = nlohmann::json::parse(delivery.body, nullptr, false);
  if (item.is_discarded()) return fail(ErrorKind::malformed, "the stored body is not valid JSON");
  const auto items = m365::items(item);
  if (!items) return tl::unexpected(items.error());
  if (items->size() != 1) return fail(ErrorKind::malformed, "the stored body holds several events");
  if (!deletion) return m365::decode(*items->front());
  const auto envelope = m365::envelope(*items->front());
  if (!envelope) return tl::unexpected(envelope.error());
  deleted.last_modified = envelope->last_modified;
  return std::vector{deleted};
}

Folder::Folder(postgres::Inbox& inbox, postgres::EventStore& events, Metrics& metrics, PlanRules rules,
               std::string worker, Wakeup& arrived, Hooks hooks)
    : inbox_(inbox),
      events_(events),
      metrics_(metrics),
      rules_(std::move(rules)),
      worker_(std::move(worker)),
      arrived_(arrived),
      hooks_(std::move(hooks)),
      thread_([this] { run(); }) {}

Folder::~Folder() {
  stopping_ = true;
  arrived_.ring();
  thread_.join();
}

void Folder::run() {
  int failures = 0;
  while (!stopping_) {
    const auto begun = std::chrono::steady_clock::now();
    auto claimed = inbox_.claim(worker_, batch_size, lease);
    if (!claimed) {
      log::warning("deliveries cannot be claimed", "", {{"reason", claimed.error().message}});
      arrived_.wait(
          std::min<std::chrono::milliseconds>(backoff(claimed.error(), ++failures, jitter()), std::chrono::seconds{2}));
      continue;
    }
    failures = 0;
    if (claimed->empty()) {
      arrived_.wait(poll_every);
      continue;
    }
    process(std::move(*claimed));
    hooks_.folded();
    let_receiver_go_first(std::chrono::steady_clock::now() - begun);
  }
}

void Folder::let_receiver_go_first(std::chrono::steady_clock::duration folded) {
  const auto until = std::chrono::steady_clock::now() +
                     std::min<std::chrono::steady_clock::duration>(folded * (flood_share - 1), longest_hold);
  while (hooks_.receiving() && !stopping_ && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(hold);
}

void Folder::process(std::vector<postgres::ClaimedDelivery> claimed) {
  std::vector<DecodedDelivery> batch;
  for (auto& delivery : claimed) {
    if (delivery.attempt > last_attempt) {
      bury(delivery, "it was taken " + std::to_string(last_attempt) + " times and never came to an end");
      continue;
    }
    auto events = decode(delivery);
    if (!events) {
      bury(delivery, events.error().message);
    } else if (delivery.attempt >= suspicious_attempt) {
      fold({{std::move(delivery), std::move(*events)}});
    } else {
      batch.push_back({std::move(delivery), std::move(*events)});
    }
  }
  if (!batch.empty()) fold(batch);
}

void Folder::fold(const std::vector<DecodedDelivery>& batch) {
  const auto at = now();
  postgres::Plan planned;
  const auto folded = events_.fold(refs_of(batch), worker_, [&](std::span<const postgres::Group> groups) {
    planned = plan(batch, groups, rules_, at);
    return planned;
  });
  if (folded) {
    for (const auto& finished : planned.finished) {
      metrics_.folds.Add({{"outcome", finished.outcome}}).Increment();
      log::info("delivery folded", finished.request_id,
                {{"source_id", finished.source_id},
                 {"source_event_id", finished.source_event_id},
                 {"operation", finished.operation},
                 {"outcome", finished.outcome},
                 {"reason", finished.reason}});
    }
    return;
  }
  if (disposition(folded.error().kind) == Disposition::retry) return return_to_inbox(batch, folded.error());
  if (batch.size() == 1) return bury(batch.front().delivery, folded.error().message);
  // One delivery that cannot be stored must not hold up the others.
  for (const auto& decoded : batch) fold({decoded});
}

void Folder::return_to_inbox(const std::vector<DecodedDelivery>& batch, const Error& error) {
  std::vector<std::int64_t> ids;
  int attempt = 1;
  for (const auto& decoded : batch) {
    ids.push_back(decoded.delivery.id);
    attempt = std::max(attempt, decoded.delivery.attempt);
  }
  log::warning("deliveries will be folded again", "", {{"reason", error.message}});
  if (const auto returned = inbox_.retry(ids, worker_, backoff(error, attempt, jitter()), error.message); !returned) {
    log::warning("deliveries stay claimed until their lease ends", "", {{"reason", returned.error().message}});
  }
}

void Folder::bury(const postgres::ClaimedDelivery& delivery, const std::string& reason) {
  metrics_.folds.Add({{"outcome", "dead"}}).Increment();
  // The reason may quote the event: it is kept with the dead letter, not in the log.
  log::warning("delivery went to the dead letters", delivery.request_id,
               {{"source_id", delivery.source_id}, {"source_event_id", delivery.source_event_id}});
  log::debug("why it went there", delivery.request_id, {{"reason", reason}});
  if (const auto buried = inbox_.bury(delivery.id, worker_, reason); !buried) {
    log::warning("delivery stays claimed until its lease ends", delivery.request_id,
                 {{"reason", buried.error().message}});
  }
}

}  // namespace calmux
