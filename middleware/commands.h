#pragma once

#include <csignal>
#include <optional>
#include <string>
#include <vector>

namespace calmux {

// The subcommands of `calmux`. Each reads the environment, prints for a person, and returns the exit status: 0 done, 1
// failed.

/// Runs until one of `end` arrives, which every thread must have blocked.
int serve(const sigset_t& end);
int migrate();
int check_config();
int reconcile(bool dry_run);
int replay(std::optional<long long> id, const std::string& source_id);
int trace(const std::string& event);
int new_key(const std::string& label, const std::vector<std::string>& sources);

}  // namespace calmux
