#include "connectors/icalendar/ical_time.h"

namespace calmux::icalendar {

using std::chrono::local_seconds;

icaltimetype as_icaltime(local_seconds local) {
  const auto midnight = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day day{midnight};
  const auto seconds = static_cast<int>((local - midnight).count());
  icaltimetype time = icaltime_null_time();
  time.year = static_cast<int>(day.year());
  time.month = static_cast<int>(static_cast<unsigned>(day.month()));
  time.day = static_cast<int>(static_cast<unsigned>(day.day()));
  time.hour = seconds / 3600;
  time.minute = seconds / 60 % 60;
  time.second = seconds % 60;
  return time;
}

local_seconds as_local(const icaltimetype& time) {
  const std::chrono::year_month_day day{std::chrono::year{time.year},
                                        std::chrono::month{static_cast<unsigned>(time.month)},
                                        std::chrono::day{static_cast<unsigned>(time.day)}};
  return std::chrono::local_days{day} + std::chrono::hours{time.hour} + std::chrono::minutes{time.minute} +
         std::chrono::seconds{time.second};
}

}  // namespace calmux::icalendar
