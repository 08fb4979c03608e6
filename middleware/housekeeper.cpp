#include "middleware/housekeeper.h"

#include <utility>
#include <vector>

#include "middleware/log.h"

namespace calmux {
namespace {

constexpr std::chrono::seconds keys_every{5};
constexpr std::chrono::minutes prune_every{60};

}  // namespace

Housekeeper::Housekeeper(postgres::KeyStore& keys, Authenticator& authenticator, postgres::Inbox& inbox,
                         std::chrono::hours retention)
    : keys_(keys), authenticator_(authenticator), inbox_(inbox), retention_(retention) {
  refresh_keys();
  thread_ = std::thread([this] { run(); });
}

Housekeeper::~Housekeeper() {
  stopping_ = true;
  wakeup_.ring();
  thread_.join();
}

void Housekeeper::run() {
  auto pruned = std::chrono::steady_clock::now();
  while (true) {
    wakeup_.wait(keys_every);
    if (stopping_) return;
    refresh_keys();
    if (const auto at = std::chrono::steady_clock::now(); at - pruned > prune_every) {
      pruned = at;
      prune();
    }
  }
}

void Housekeeper::refresh_keys() {
  auto stored = keys_.active();
  if (!stored) return;  // the keys that are known stay valid while the database is away
  std::vector<AcceptedKey> accepted;
  for (auto& key : *stored) accepted.push_back({std::move(key.hash), std::move(key.sources)});
  authenticator_.replace_stored(std::move(accepted));
}

void Housekeeper::prune() {
  const auto pruned = inbox_.prune(retention_);
  if (!pruned) log::warning("finished deliveries could not be pruned", "", {{"reason", pruned.error().message}});
  if (pruned && *pruned > 0) log::info("finished deliveries pruned", "", {{"count", std::to_string(*pruned)}});
}

}  // namespace calmux
