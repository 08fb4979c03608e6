#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "m365_sample.h"

namespace calmux::m365 {
namespace {

using namespace testing;
using nlohmann::json;

json strange_value(std::mt19937& random) {
  static const char* const values[] = {"null",
                                       "\"\"",
                                       "\"null\"",
                                       "0",
                                       "-1",
                                       "1e300",
                                       "18446744073709551615",
                                       "true",
                                       "[]",
                                       "{}",
                                       "[[]]",
                                       "[null]",
                                       "\"x\"",
                                       "\"UTC\"",
                                       "\"2026-08-04T14:00:00\"",
                                       "\"9999-12-31T23:59:59.9999999Z\"",
                                       "\"0001-01-01\"",
                                       "{\"dateTime\": \"2026-08-04T14:00:00-18:00\"}",
                                       "\"\\u0000\\u0001\"",
                                       "[\"a\", 1, {}]",
                                       "\"OID..2026-08-04\"",
                                       "{\"type\": \"daily\"}",
                                       "\"<p><b>\"",
                                       "-9223372036854775808"};
  return json::parse(values[std::uniform_int_distribution<std::size_t>(0, std::size(values) - 1)(random)]);
}

/// Replaces some members, at any depth.
void disturb(json& value, std::mt19937& random) {
  for (auto& inner : value) {
    const int dice = std::uniform_int_distribution<int>(0, 11)(random);
    if (dice == 0) {
      inner = strange_value(random);
    } else if (inner.is_structured()) {
      disturb(inner, random);
    }
  }
}

TEST(M365Fuzz, whatever_is_sent_gives_an_event_that_can_be_stored_or_a_reason) {
  std::mt19937 random(5);
  int accepted = 0;
  for (int round = 0; round < 6000; ++round) {
    json item = round % 2 == 0 ? graph_event() : flat_item();
    if (round % 4 == 0) {
      item["recurrence"] = json::parse(
          R"({"pattern": {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday"], "index": "last", "month": 1,
        "dayOfMonth": 31}, "range": {"type": "endDate", "endDate": "2026-10-05", "recurrenceTimeZone": "W. Europe Standard Time"}})");
      item["cancelledOccurrences"] = {"OID.m.2026-10-27"};
      item["exceptionOccurrences"] = {graph_event()};
    }
    disturb(item, random);
    const auto events = decode(item);
    if (!events) {
      ASSERT_FALSE(events.error().message.empty());
      ASSERT_TRUE(events.error().kind == ErrorKind::malformed || events.error().kind == ErrorKind::unplaceable);
      continue;
    }
    ++accepted;
    for (const auto& event : *events) {
      ASSERT_LE(event.start.instant, event.end.instant) << item;
      const auto read = event_from_json(to_json(event));
      ASSERT_TRUE(read) << read.error().message << item;
      ASSERT_EQ(*read, event) << item;
    }
  }
  EXPECT_GT(accepted, 300);
}

}  // namespace
}  // namespace calmux::m365
