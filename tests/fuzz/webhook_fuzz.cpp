#include <nlohmann/json.hpp>

#include "connectors/time_zone.h"
#include "middleware/folder.h"
#include "middleware/webhook.h"
#include "postgres/text.h"
#include "tests/fuzz/calendar_property.h"
#include "tests/fuzz/property.h"

namespace calmux::fuzz {
namespace {

std::string_view line_of(std::string_view& input) {
  const auto end = input.find('\n');
  const auto line = input.substr(0, end);
  input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
  return line;
}

std::optional<Operation> operation_of(std::string_view word) {
  if (word == "created") return Operation::create;
  if (word == "updated") return Operation::update;
  if (word == "deleted") return Operation::delete_;
  return std::nullopt;
}

void try_delivery(const postgres::NewDelivery& taken) {
  require(!taken.source_event_id.empty() && taken.source_event_id.size() <= 1024, "an id fits into a key",
          taken.source_event_id);
  for (const auto* text : {&taken.source_event_id, &taken.body, &taken.idempotency_key})
    require(postgres::storable(*text) == *text, "a delivery can be stored", *text);
  require(taken.idempotency_key.size() <= 200, "a key is bounded", taken.idempotency_key);

  postgres::ClaimedDelivery claimed;
  claimed.id = 1;
  claimed.source_id = taken.source_id;
  claimed.source_event_id = taken.source_event_id;
  claimed.operation = taken.operation;
  claimed.media = taken.media;
  claimed.body = taken.body;
  claimed.received = std::chrono::sys_days{std::chrono::year{2026} / 11 / 20};
  const auto events = decode(claimed);
  if (!events) {
    require_worded(events.error());
    return;
  }
  require(!events->empty(), "a delivery speaks of an event");
  const auto& first = events->front();
  require(first.source_event_id == taken.source_event_id || first.series_id == taken.source_event_id,
          "a delivery is folded into the event that it was taken for", taken.body);
  const DecodedDelivery decoded{claimed, *events};
  PlanRules rules;
  rules.workspace = "default";
  rules.to_instant = time_zone::to_instant;
  const auto planned = plan({&decoded, 1}, {}, rules, claimed.received);
  require(planned.finished.size() == 1, "a delivery is finished once");
  for (const auto& row : planned.events) static_cast<void>(to_json(row.event.event).dump());
  for (const auto& warning : planned.finished.front().warnings) require(is_utf8(warning), "a warning is text", warning);
}

}  // namespace
}  // namespace calmux::fuzz

// The operation that the path names, if any; header lines; an empty line; the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace calmux;
  using namespace calmux::fuzz;
  auto input = text_of(data, size);
  const auto by_path = operation_of(line_of(input));
  HttpRequest request;
  request.method = "POST";
  request.path = "/api/webhook/event";
  for (auto line = line_of(input); !line.empty(); line = line_of(input)) {
    const auto colon = std::min(line.find(':'), line.size());
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' ')) value.remove_prefix(1);
    request.headers.push_back({std::string(line.substr(0, colon)), std::string(value)});
  }
  request.body = input;

  const auto webhook = read_webhook(request, by_path, "work", "r-1");
  if (!webhook) {
    const auto& refusal = webhook.error();
    require(refusal.status == 400 || refusal.status == 413 || refusal.status == 415, "a refusal has a status");
    require(!refusal.message.empty(), "a refusal says why");
    return 0;
  }
  require(!webhook->deliveries.empty(), "a request that is taken brings something");
  require(webhook->wait.count() >= 0 && webhook->wait.count() <= 100, "nobody waits longer than 100 s");
  const auto repeated = read_webhook(request, by_path, "work", "r-2");
  require(repeated && repeated->deliveries.size() == webhook->deliveries.size(), "a request reads the same twice");
  for (std::size_t i = 0; i < webhook->deliveries.size(); ++i) {
    const auto& taken = webhook->deliveries[i];
    require(taken.idempotency_key == repeated->deliveries[i].idempotency_key,
            "a repeated request is known by its keys");
    require(static_cast<std::size_t>(taken.item) == i, "items are counted");
    try_delivery(taken);
  }
  return 0;
}
