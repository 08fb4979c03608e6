#include "connectors/m365/all_day.h"

#include "connectors/time_zone.h"

namespace calmux::m365 {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::local_seconds;

bool is_midnight(local_seconds at) {
  return at == floor<days>(at);
}

struct Span {
  local_seconds start;
  local_seconds end;
  bool midnights() const { return is_midnight(start) && is_midnight(end); }
};

Span seen_in(const std::string& to_zone, const IsoTime& start, const IsoTime& end,
             const std::optional<std::string>& from_zone) {
  const auto seen = [&](const IsoTime& time) {
    const bool wall = !time.offset && from_zone && *from_zone != "UTC";
    const auto instant =
        wall ? time_zone::to_instant(time.seconds(), *from_zone) : floor<std::chrono::seconds>(time.instant());
    return time_zone::to_local(instant, to_zone);
  };
  return {seen(start), seen(end)};
}

local_days nearest(local_seconds at) {
  return floor<days>(at + hours{12});
}

}  // namespace

std::optional<Dates> all_day_dates(const IsoTime& start, const std::optional<IsoTime>& end,
                                   const std::optional<std::string>& organiser_zone,
                                   const std::optional<std::string>& given_zone, Reading& reading) {
  const IsoTime& stop = end ? *end : start;
  Span span{start.seconds(), stop.seconds()};
  if (span.end < span.start) {
    reading.fail(ErrorKind::unplaceable, "end: the all-day event ends before it starts");
    return std::nullopt;
  }
  local_days first = floor<days>(span.start);
  local_days last = std::chrono::ceil<days>(span.end);
  if (!span.midnights()) {
    bool found = false;
    for (const auto& zone : {organiser_zone, given_zone}) {
      if (found || !zone) continue;
      const Span local = seen_in(*zone, start, stop, given_zone);
      if (!local.midnights()) continue;
      first = floor<days>(local.start);
      last = floor<days>(local.end);
      found = true;
    }
    if (!found) {
      // A shifted whole day keeps its length, give or take the hour of a DST change; anything else covers the days it
      // touches.
      const auto length = span.end - span.start;
      const auto rest = length % hours{24};
      if (rest <= hours{1} || rest >= hours{23}) {
        first = nearest(span.start);
        last = first + std::chrono::round<days>(length);
      }
      reading.warn("The all-day event does not start at midnight in any known zone: the nearest date was taken.");
    }
  }
  if (last <= first) last = first + days{1};
  return Dates{std::chrono::year_month_day{first}, std::chrono::year_month_day{last}};
}

}  // namespace calmux::m365
