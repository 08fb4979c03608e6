#pragma once

#include <optional>
#include <string>

#include "connectors/m365/iso_time.h"
#include "connectors/m365/members.h"

namespace calmux::m365 {

struct Times {
  DateValue start;
  DateValue end;
};

/// Start and end of an item in any shape, in the organiser's zone where that is known and keeps the instant. An all-day
/// event is the dates that its wall clock shows, in whatever zone, never shifted. Nothing, and an error in the reading,
/// where the event has no certain time; what was uncertain but could be settled is a warning.
std::optional<Times> read_times(const Members& item);

/// A moment such as lastModifiedDateTime; nothing where it is blank or a sentinel. What is no time is a warning, not an
/// error: an event must not be lost over its bookkeeping.
std::optional<SourceTime> read_moment(const Members& item, std::string_view lower_name);

/// The original start of an occurrence or exception, from `originalStart`, the date in `occurrenceId`, `instance` (the
/// date in its iCalUId), or its own start where the sender says that it is an unmoved occurrence. A date for a timed
/// event means "on that day, at the master's time".
std::optional<DateValue> read_original_start(const Members& item, const Times& times, EventType type,
                                             const std::optional<std::chrono::year_month_day>& instance);

/// The date at the end of `OID.<master id>.<yyyy-mm-dd>`.
std::optional<std::chrono::year_month_day> occurrence_date(std::string_view occurrence_id);

/// `date` at the wall time of a series' start, in its zone; the date itself for an all-day series.
DateValue on_date(std::chrono::year_month_day date, const DateValue& series_start);

}  // namespace calmux::m365
