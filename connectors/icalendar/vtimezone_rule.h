#pragma once

#include <string>
#include <vector>

#include "connectors/time_zone_rule.h"

namespace calmux::icalendar {

/// A yearly change as RRULEs. One day in POSIX can be two here: what happens at 24:00 of October's last Thursday
/// (Africa/Cairo) is on a Friday of October in most years, and on 1 November in others. Empty where it cannot be said
/// so.
struct YearlyDay {
  unsigned month = 1;
  std::string rrule;
};
std::vector<YearlyDay> yearly_days(const time_zone::RuleDay& day);

}  // namespace calmux::icalendar
