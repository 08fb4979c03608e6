#pragma once

#include <string>
#include <vector>

#include "connectors/icalendar/body_zones.h"
#include "connectors/icalendar/text_tree.h"
#include "mappings/event.h"

namespace calmux::icalendar {

/// Reads the dates of one body: names of zones, the body's own zones, and X-WR-TIMEZONE for floating times. Not
/// thread-safe.
class DateReader {
 public:
  explicit DateReader(const TextNode& calendar);

  /// One value of a date property. `unplaceable` for a floating time and for a zone that nothing explains. Where the
  /// zone is known from the body alone, the value is in UTC and a warning says so.
  Result<DateValue> read(const TextLine& line, std::string_view value, std::vector<std::string>& warnings);

  /// All values of EXDATE or RDATE properties.
  Result<std::vector<DateValue>> read_list(const TextNode& event, std::string_view name,
                                           std::vector<std::string>& warnings);

  /// DTSTART, and DTEND, DURATION or what their absence means (RFC 5545 section 3.6.1).
  Result<void> read_start_end(const TextNode& event, Event& out);

 private:
  BodyZones zones_;
  std::string floating_zone_;
};

/// The RRULE, where it repeats by days or longer; `malformed` for anything finer, and for what is no rule.
Result<std::string> read_rule(const TextNode& event);

}  // namespace calmux::icalendar
