#include "middleware/authenticator.h"

#include <algorithm>
#include <cctype>
#include <mutex>
#include <utility>

#include "mappings/sha256.h"
#include "middleware/digest.h"

namespace calmux {

std::string_view presented_key(const HttpRequest& request) {
  if (const auto key = request.header("X-API-Key"); key && !key->empty()) return *key;
  static constexpr std::string_view scheme = "bearer ";
  const auto authorization = request.header("Authorization");
  if (!authorization || authorization->size() <= scheme.size()) return {};
  const auto matches = std::ranges::equal(
      authorization->substr(0, scheme.size()), scheme,
      [](char sent, char expected) { return std::tolower(static_cast<unsigned char>(sent)) == expected; });
  if (!matches) return {};
  auto token = authorization->substr(scheme.size());
  token.remove_prefix(std::min(token.find_first_not_of(' '), token.size()));
  return token;
}

Authenticator::Authenticator(const std::vector<std::string>& environment_keys) {
  for (const auto& key : environment_keys) environment_.push_back({sha256_hex(key), {}});
}

void Authenticator::replace_stored(std::vector<AcceptedKey> keys) {
  const std::unique_lock lock(mutex_);
  stored_ = std::move(keys);
}

Access Authenticator::check(const HttpRequest& request, std::optional<std::string_view> source) const {
  const auto key = presented_key(request);
  const auto hash = sha256_hex(key);
  bool known = false;
  bool allowed = false;
  const auto look = [&](const std::vector<AcceptedKey>& keys) {
    // Every key is compared, so that the time does not tell which one came close.
    for (const auto& accepted : keys) {
      if (!equal_constant_time(hash, accepted.hash)) continue;
      known = true;
      allowed = allowed || !source || accepted.sources.empty() ||
                std::ranges::find(accepted.sources, *source) != accepted.sources.end();
    }
  };
  look(environment_);
  {
    const std::shared_lock lock(mutex_);
    look(stored_);
  }
  if (!known || key.empty()) return Access::unknown_key;
  return allowed ? Access::granted : Access::wrong_source;
}

}  // namespace calmux
