#pragma once

#include <random>

#include "mappings/calendar_object.h"

namespace calmux::testing {

/// Events with every field set, or not, at random; the same seed gives the same events.
class RandomEvents {
 public:
  explicit RandomEvents(unsigned seed) : random_(seed) {}

  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  bool coin() { return below(2) == 0; }

  std::string text() {
    static const char* const texts[] = {"",      "a",          "Standup", "Ü ∑ 漢字 🎉", "line\nbreak",
                                        "\"q\\", "\t\x01 tab", "null",    "0",          "<b>x</b>"};
    return texts[below(10)];
  }

  SourceTime time() {
    return SourceTime{std::chrono::microseconds{
        std::uniform_int_distribution<std::int64_t>(-10'000'000'000'000'000, 20'000'000'000'000'000)(random_)}};
  }

  DateValue date() {
    using namespace std::chrono;
    const auto at = floor<seconds>(time());
    switch (below(3)) {
    case 0:
      return DateValue::date(year_month_day{floor<days>(at)});
    case 1:
      return DateValue::utc(at);
    default:
      break;
    }
    const minutes offset{15 * (below(105) - 48)};
    return DateValue::zoned(local_seconds{at.time_since_epoch() + offset}, "Europe/Amsterdam", at);
  }

  Person person() { return {text(), text(), coin() ? "required" : "", text()}; }

  Event event() {
    Event event;
    event.source_event_id = text();
    event.uid = text();
    event.series_id = text();
    event.type = static_cast<EventType>(below(4));
    if (coin()) event.recurrence_id = date();
    event.start = date();
    event.end = date();
    event.title = text();
    event.text = text();
    event.html = text();
    event.location = text();
    for (int n = below(3); n > 0; --n) event.categories.push_back(text());
    event.show_as = static_cast<ShowAs>(below(6));
    event.sensitivity = static_cast<Sensitivity>(below(4));
    event.importance = static_cast<Importance>(below(3));
    event.response = static_cast<ResponseType>(below(6));
    if (coin()) event.reminder = std::chrono::minutes{below(5000) - 100};
    event.cancelled = coin();
    event.cancellation_unstated = coin();
    event.join_link = text();
    event.web_link = text();
    if (coin()) event.organizer = person();
    for (int n = below(3); n > 0; --n) event.people.push_back(person());
    if (coin()) {
      event.recurrence = Recurrence{text(), {}, {}};
      for (int n = below(3); n > 0; --n) event.recurrence->exdates.push_back(date());
      for (int n = below(3); n > 0; --n) event.recurrence->rdates.push_back(date());
    }
    if (coin()) event.created = time();
    if (coin()) event.last_modified = time();
    event.change_key = text();
    for (int n = below(3); n > 0; --n) event.warnings.push_back(text());
    return event;
  }

 private:
  std::mt19937 random_;
};

}  // namespace calmux::testing
