#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace calmux {

/// The process's counters, gauges and histograms, by Prometheus' naming convention. Thread-safe.
class Metrics {
 public:
  Metrics();

  prometheus::Family<prometheus::Counter>& deliveries;  ///< by result: accepted, duplicate, refused, unavailable
  prometheus::Family<prometheus::Counter>& folds;       ///< by outcome
  prometheus::Family<prometheus::Counter>& writes;      ///< by result
  prometheus::Histogram& commit_seconds;                ///< from a delivery's arrival to its commit
  prometheus::Histogram& write_seconds;                 ///< of converging one object
  prometheus::Counter& accepted;
  prometheus::Counter& duplicates;
  prometheus::Counter& refused;
  prometheus::Counter& unavailable;

  /// Takes `Overview::gauges()`.
  void set_gauges(const nlohmann::json& gauges);

  /// The text exposition format 0.0.4.
  std::string text() const;

 private:
  Metrics(std::shared_ptr<prometheus::Registry> registry);

  std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Gauge>& queue_;
};

}  // namespace calmux
