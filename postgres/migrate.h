#pragma once

#include <span>
#include <string>
#include <vector>

#include "mappings/error.h"
#include "postgres/migrations.h"

namespace calmux::postgres {

/// Applies the numbered migrations that the database lacks, each in a transaction of its own, under a lock that several
/// replicas starting at once share. Refuses a database that a newer Calmux migrated, and one whose applied migrations
/// differ from ours
/// (`database_refused`, with a sentence that names the migration).
/// Returns the names of those it applied. Waits for as long as another replica migrates.
Result<std::vector<std::string>> migrate(const std::string& url);

/// The same with other migrations than the embedded ones.
Result<std::vector<std::string>> migrate(const std::string& url, std::span<const Migration> wanted);

}  // namespace calmux::postgres
