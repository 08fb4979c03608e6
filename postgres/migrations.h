#pragma once

#include <vector>

namespace calmux::postgres {

/// A file of postgres/migrations as it was when this program was built; see embed_migrations.cmake.
struct Migration {
  const char* name;    ///< 000001_sources
  const char* sha256;  ///< of the file, lower-case hex
  const char* sql;
};

/// In the order of their names.
const std::vector<Migration>& migrations();

}  // namespace calmux::postgres
