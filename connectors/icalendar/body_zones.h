#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/icalendar/text_tree.h"

namespace calmux::icalendar {

/// What a body says itself about its time zones, for names that no zone data has. Each zone is parsed once. Not
/// thread-safe.
class BodyZones {
 public:
  /// `calendar` must outlive this.
  explicit BodyZones(const TextNode& calendar);
  ~BodyZones();

  /// The zone that the body's VTIMEZONE for `tzid` names in X-LIC-LOCATION, as libical, KDE and Mozilla write it beside
  /// names of their own.
  std::optional<std::string> location(std::string_view tzid) const;

  /// The instant that a wall time means by the body's VTIMEZONE for `tzid`. Nothing where the body has none, or one
  /// whose rules are not those of a time zone (anything but FREQ=YEARLY is refused: it costs time).
  std::optional<std::chrono::sys_seconds> instant(std::string_view tzid, std::chrono::local_seconds local);

 private:
  struct Parsed;

  const TextNode* find(std::string_view tzid) const;

  const TextNode& calendar_;
  std::map<std::string, std::unique_ptr<Parsed>, std::less<>> parsed_;
};

}  // namespace calmux::icalendar
