#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "connectors/m365/iso_time.h"
#include "connectors/m365/members.h"

namespace calmux::m365 {

struct Dates {
  std::chrono::year_month_day first;
  std::chrono::year_month_day last;  ///< exclusive, at least one day after `first`
};

/// The dates that an all-day event means. Midnights as given, in every zone, are those dates. A flow that converted
/// them leaves other times: then midnight is looked for in the organiser's zone and in the given one, and failing that
/// the nearest date is taken with a warning. An error in the reading where the event ends before it starts.
std::optional<Dates> all_day_dates(const IsoTime& start, const std::optional<IsoTime>& end,
                                   const std::optional<std::string>& organiser_zone,
                                   const std::optional<std::string>& given_zone, Reading& reading);

}  // namespace calmux::m365
