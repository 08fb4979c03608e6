#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mappings/error.h"
#include "postgres/pool.h"

namespace calmux::postgres {

/// An API key as it is kept: its SHA-256, never itself.
struct StoredKey {
  std::string hash;  ///< lower-case hex
  std::string label;
  std::vector<std::string> sources;  ///< empty: all
};

class KeyStore {
 public:
  KeyStore(Pool& pool, std::int64_t workspace_id);
  Result<void> add(const StoredKey& key);
  Result<std::vector<StoredKey>> active();

 private:
  Pool& pool_;
  std::int64_t workspace_id_;
};

/// The id of the workspace of this name, created where it is missing.
Result<std::int64_t> open_workspace(Pool& pool, const std::string& name);

}  // namespace calmux::postgres
