#pragma once

#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "middleware/http_message.h"

namespace calmux {

/// A key that is accepted: its SHA-256, never itself.
struct AcceptedKey {
  std::string hash;
  std::vector<std::string> sources;  ///< empty: every source
};

enum class Access {
  granted,
  unknown_key,   ///< no key, or one that is not accepted: the two are answered alike
  wrong_source,  ///< the key is good, but not for this source
};

/// Decides who may ask. Thread-safe; keys are replaced as a whole while requests are checked.
class Authenticator {
 public:
  /// Keys of the environment: valid for every source, for as long as the process lives.
  explicit Authenticator(const std::vector<std::string>& environment_keys);

  /// Takes the keys that the database holds now.
  void replace_stored(std::vector<AcceptedKey> keys);

  /// `source` absent: any key will do. Takes the same time for a missing and for a wrong key, whatever the number of
  /// keys.
  Access check(const HttpRequest& request, std::optional<std::string_view> source) const;

 private:
  std::vector<AcceptedKey> environment_;
  mutable std::shared_mutex mutex_;
  std::vector<AcceptedKey> stored_;
};

/// `X-API-Key`, or the token of `Authorization: Bearer` (RFC 6750 section 2.1).
std::string_view presented_key(const HttpRequest& request);

}  // namespace calmux
