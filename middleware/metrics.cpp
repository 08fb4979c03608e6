#include "middleware/metrics.h"

#include <prometheus/text_serializer.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace calmux {
namespace {

prometheus::Family<prometheus::Counter>& counters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

prometheus::Histogram& histogram(prometheus::Registry& registry, const char* name, const char* help) {
  static const prometheus::Histogram::BucketBoundaries seconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                               0.25,  0.5,    1,     2.5,  5,     10,   30};
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, seconds);
}

}  // namespace

Metrics::Metrics() : Metrics(std::make_shared<prometheus::Registry>()) {}

Metrics::Metrics(std::shared_ptr<prometheus::Registry> registry)
    : deliveries(counters(*registry, "calmux_deliveries_total", "Deliveries received, by what became of the request.")),
      folds(counters(*registry, "calmux_folds_total", "Deliveries folded, by outcome.")),
      writes(counters(*registry, "calmux_writes_total", "Calendar objects converged, by result.")),
      commit_seconds(histogram(*registry, "calmux_commit_seconds", "From a delivery's arrival to its commit.")),
      write_seconds(histogram(*registry, "calmux_write_seconds", "Converging one calendar object.")),
      accepted(deliveries.Add({{"result", "accepted"}})),
      duplicates(deliveries.Add({{"result", "duplicate"}})),
      refused(deliveries.Add({{"result", "refused"}})),
      unavailable(deliveries.Add({{"result", "unavailable"}})),
      registry_(std::move(registry)),
      queue_(prometheus::BuildGauge()
                 .Name("calmux_queue")
                 .Help("What waits and what is at rest, by measure.")
                 .Register(*registry_)) {}

void Metrics::set_gauges(const nlohmann::json& gauges) {
  for (const auto& [name, value] : gauges.items()) {
    if (value.is_number()) queue_.Add({{"measure", name}}).Set(value.get<double>());
  }
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(registry_->Collect());
}

}  // namespace calmux
