#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace calmux::m365 {

struct SeriesUid {
  std::string uid;                                      ///< of the single event or of the whole series
  std::optional<std::chrono::year_month_day> instance;  ///< the original date of the occurrence that the id named
};

/// Normalises an iCalUId. Exchange's GlobalObjectId (MS-OXOCAL section 2.2.1.27) is upper-cased and its instance date
/// taken out, so that all occurrences of a series share one UID; one that wraps a foreign UID is unwrapped; anything
/// else stays as it is.
SeriesUid series_uid(std::string_view ical_uid);

}  // namespace calmux::m365
