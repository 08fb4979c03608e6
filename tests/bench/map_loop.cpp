// What one event, or one series with its exceptions, costs without any input or output: the posted JSON is decoded,
// folded, resolved to a calendar object and built as iCalendar text, many times over. Prints the medians in
// microseconds as one JSON line.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "connectors/icalendar/calendar_object_text.h"
#include "connectors/m365/decode.h"
#include "connectors/time_zone.h"
#include "mappings/fold.h"
#include "mappings/resolve.h"

namespace {

using namespace calmux;
using Clock = std::chrono::steady_clock;

enum Stage { parse, decode, resolve_, build, stages };
using Times = std::array<double, stages + 1>;  ///< microseconds of each stage, and of all

/// The calendar text, and what each stage took.
std::string once(const std::string& body, Times& times) {
  std::array<Clock::time_point, stages + 1> at{};
  at[parse] = Clock::now();
  const auto document = nlohmann::json::parse(body);
  at[decode] = Clock::now();
  const auto items = m365::items(document);
  if (!items) throw std::runtime_error(items.error().message);
  auto events = m365::decode(*items->front());
  if (!events) throw std::runtime_error(events.error().message);
  at[resolve_] = Clock::now();
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  std::vector<SourceEvent> group;
  for (auto& event : *events) {
    const auto modified = event.last_modified;
    EventDelivery delivery{Operation::create, std::move(event), {modified, 1}, now};
    group.push_back(*fold(std::nullopt, std::array{std::move(delivery)}, {}).state);
  }
  const auto actions = resolve(group, {}, {"default", "m365", {}, time_zone::to_instant}, now);
  if (actions.empty() || !actions.front().content) throw std::runtime_error("the event needs no object");
  if (actions.front().content->overrides.size() + 1 != group.size()) throw std::runtime_error("exceptions are missing");
  at[build] = Clock::now();
  auto text = icalendar::build(*actions.front().content, now);
  if (!text) throw std::runtime_error(text.error().message);
  at[stages] = Clock::now();
  for (std::size_t i = 0; i < stages; ++i)
    times[i] = std::chrono::duration<double, std::micro>(at[i + 1] - at[i]).count();
  times[stages] = std::chrono::duration<double, std::micro>(at[stages] - at[parse]).count();
  return *text;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::fprintf(stderr, "usage: map_loop EVENT.json ROUNDS\n");
    return 2;
  }
  std::ifstream stream(argv[1], std::ios::binary);
  const std::string body{std::istreambuf_iterator<char>(stream), {}};
  const auto rounds = std::stoul(argv[2]);
  std::array<std::vector<double>, stages + 1> all;
  std::size_t written = 0;
  for (std::size_t i = 0; i < rounds + rounds / 10; ++i) {
    Times times{};
    written = once(body, times).size();
    if (i < rounds / 10) continue;  // zones and caches are warm after these
    for (std::size_t stage = 0; stage <= stages; ++stage) all[stage].push_back(times[stage]);
  }
  std::array<double, stages + 1> median{};
  for (std::size_t stage = 0; stage <= stages; ++stage) {
    std::ranges::nth_element(all[stage], all[stage].begin() + static_cast<std::ptrdiff_t>(rounds / 2));
    median[stage] = all[stage][rounds / 2];
  }
  std::printf(
      "{\"bytes\":%zu,\"written\":%zu,\"parse_us\":%.1f,\"decode_us\":%.1f,\"resolve_us\":%.1f,\"build_us\":%.1f,"
      "\"total_us\":%.1f}\n",
      body.size(), written, median[parse], median[decode], median[resolve_], median[build], median[stages]);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "map_loop: %s\n", error.what());
  return 1;
}
