#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/time_zone_rule.h"

namespace date {
class time_zone;
}

namespace calmux::time_zone {

/// One zone of the system's zone data. Loaded when first asked for, then kept for the life of the process.
class Zone {
 public:
  Zone(const date::time_zone* data, const std::string& tzid);

  /// Right for any instant: the listed transitions first, then the rule of the file's footer.
  Period period_at(std::chrono::sys_seconds instant) const;
  /// From here on rule() describes the zone; sys_seconds::min() where the data lists no transition.
  std::chrono::sys_seconds last_listed_change() const { return last_; }
  const std::optional<Rule>& rule() const { return rule_; }

 private:
  Period listed(std::chrono::sys_seconds instant) const;

  const date::time_zone* data_;
  std::optional<Rule> rule_;
  std::chrono::sys_seconds last_;
};

/// Null where the data has no such zone. `tzid` is exact. Thread-safe.
const Zone* find_zone(std::string_view tzid);

/// The zone's name as the data spells it, given its name_key(). Thread-safe.
std::optional<std::string> zone_named(std::string_view key);

/// What is left of a name once letter case, underscores, quotes and repeated blanks are taken away.
std::string name_key(std::string_view name);

}  // namespace calmux::time_zone
