#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mappings/date_value.h"
#include "mappings/event.h"

namespace calmux {

/// How times are stored and shown to operators. Persisted: the forms keep their meaning.
/// `2026-08-10`, `2026-08-10T07:00:00Z`, or `2026-08-10T09:00:00+02:00[Europe/Amsterdam]` (RFC 9557). Lossless for
/// years from 0.
std::string to_text(const DateValue& value);
std::optional<DateValue> date_value_from_text(std::string_view text);

/// Without the offset: what an iCalendar property would say, which a new edition of the zone's rules does not change.
std::string visible_text(const DateValue& value);

/// `2026-08-04T14:00:00.123456Z`; the fraction is left out where it is zero.
std::string to_text(SourceTime time);
std::optional<SourceTime> source_time_from_text(std::string_view text);

}  // namespace calmux
