#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "mappings/fold.h"

namespace calmux {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

const sys_seconds noon = sys_days{2026y / 11 / 20} + 12h;

/// Deliveries as bad luck mixes them: few versions, so that many tie; none at all; deletions with and without; grace
/// periods that are over; events inside and outside of the window.
class Deliveries {
 public:
  explicit Deliveries(unsigned seed) : random_(seed) {}

  std::vector<EventDelivery> some() {
    std::vector<EventDelivery> deliveries;
    const int count = 1 + below(6);
    for (int arrival = 1; arrival <= count; ++arrival) deliveries.push_back(one(arrival));
    return deliveries;
  }

  std::vector<EventDelivery> shuffled(std::vector<EventDelivery> deliveries) {
    std::shuffle(deliveries.begin(), deliveries.end(), random_);
    return deliveries;
  }

  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

 private:
  EventDelivery one(int arrival) {
    EventDelivery delivery;
    delivery.version.arrival = arrival;
    static constexpr std::chrono::seconds times[] = {0s, 1s, 60s, 20h, 45h, 70h};
    delivery.received = noon + times[below(6)];
    if (below(3) != 0) {
      static constexpr std::chrono::microseconds versions[] = {0s, 500ms, 1s, 1s + 999'999us, 60s, 21h};
      delivery.version.modified = noon + versions[below(6)];
    }
    Event event;
    event.source_event_id = "id";
    event.last_modified = delivery.version.modified;
    if (below(3) == 0) {
      delivery.operation = Operation::delete_;
      delivery.event = std::move(event);
      return delivery;
    }
    delivery.operation = below(2) == 0 ? Operation::create : Operation::update;
    static const char* const titles[] = {"a", "b", "c"};
    event.title = titles[below(3)];
    event.start = DateValue::utc(noon + (below(4) == 0 ? days{1000} : days{1}));
    event.end = event.start;
    delivery.event = std::move(event);
    return delivery;
  }

  std::mt19937 random_;
};

std::string told(const std::vector<EventDelivery>& deliveries) {
  std::string text;
  for (const auto& d : deliveries) {
    text += std::string(to_string(d.operation)) + " #" + std::to_string(d.version.arrival) + " received " +
            std::to_string((d.received - noon).count()) + " modified " +
            (d.version.modified ? std::to_string((*d.version.modified - noon).count()) : "-") + " " +
            (d.event ? to_json(*d.event).dump() : "") + "\n";
  }
  return text;
}

TEST(FoldOrder, the_same_deliveries_give_the_same_state_in_every_order_and_every_split) {
  Deliveries random(7);
  for (int round = 0; round < 4000; ++round) {
    const auto deliveries = random.some();
    const auto expected = fold(std::nullopt, deliveries, {});
    for (int turn = 0; turn < 8; ++turn) {
      const auto order = random.shuffled(deliveries);
      std::optional<SourceEvent> state;
      for (std::size_t at = 0; at < order.size();) {
        const auto size = std::min<std::size_t>(order.size() - at, static_cast<std::size_t>(1 + random.below(3)));
        const auto result = fold(state, std::span(order).subspan(at, size), {});
        ASSERT_EQ(result.steps.size(), size);
        ASSERT_TRUE(result.touched || !result.changed) << told(order);
        state = result.state;
        at += size;
      }
      ASSERT_EQ(state, expected.state) << "one batch:\n" << told(deliveries) << "this order:\n" << told(order);
    }
  }
}

TEST(FoldOrder, telling_everything_again_changes_nothing_a_reader_sees) {
  Deliveries random(8);
  for (int round = 0; round < 2000; ++round) {
    const auto deliveries = random.some();
    const auto once = fold(std::nullopt, deliveries, {});
    const auto twice = fold(once.state, random.shuffled(deliveries), {});
    ASSERT_EQ(once.state, twice.state) << told(deliveries);
    ASSERT_FALSE(twice.changed);
    ASSERT_FALSE(twice.touched);
  }
}

}  // namespace
}  // namespace calmux
