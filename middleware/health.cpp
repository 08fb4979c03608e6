#include "middleware/health.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "middleware/log.h"

namespace calmux {

Health::Health(postgres::Overview& overview, Destination& destination, DestinationGate& gate, Metrics& metrics,
               std::function<void()> destination_back, Options options)
    : overview_(overview),
      destination_(destination),
      gate_(gate),
      metrics_(metrics),
      destination_back_(std::move(destination_back)),
      options_(options),
      database_thread_([this] { check_database(); }),
      caldav_thread_([this] { check_caldav(); }) {}

Health::~Health() {
  stopping_ = true;
  database_wakeup_.ring();
  caldav_wakeup_.ring();
  database_thread_.join();
  caldav_thread_.join();
}

void Health::set(Component& component, bool good, std::string reason) {
  const std::lock_guard lock(mutex_);
  component = {std::chrono::steady_clock::now(), good, std::move(reason)};
}

void Health::check_database() {
  while (!stopping_) {
    const auto gauges = overview_.gauges();
    set(database_, gauges.has_value(), gauges ? "" : gauges.error().message);
    if (gauges) {
      metrics_.set_gauges(*gauges);
      const std::lock_guard lock(mutex_);
      for (const auto& [name, value] : gauges->items()) {
        if (value.is_number()) gauges_[name] = value.get<double>();
      }
    }
    database_wakeup_.wait(options_.database_every);
  }
}

void Health::check_caldav() {
  bool opened = false;
  while (!stopping_) {
    Result<void> answer;
    if (opened) {
      answer = destination_.probe();
    } else if (const auto calendar = destination_.open()) {
      opened = true;
      log::info("destination calendar opened", "", {{"url", *calendar}});
    } else {
      answer = tl::unexpected(calendar.error());
    }
    if (!answer && answer.error().kind == ErrorKind::not_found)
      opened = false;  // the calendar vanished: find or make it
    set(caldav_, answer.has_value(), answer ? "" : answer.error().message);
    if (answer && !gate_.open()) {
      gate_.reopen();
      log::info("destination answers again", "");
      destination_back_();
    } else if (!answer && gate_.saw(answer.error().kind)) {
      log::warning("destination does not answer", "", {{"reason", answer.error().message}});
    }
    caldav_wakeup_.wait(answer ? options_.caldav_every : options_.caldav_again);
  }
}

bool Health::good(const Component& component) const {
  return component.good &&
         std::chrono::steady_clock::now() - *component.seen < options_.stale_after + options_.caldav_every;
}

std::string Health::reason(const Component& component) const {
  if (!component.seen) return "not checked yet";
  if (component.good) return "the last check did not come back";
  return component.reason;
}

bool Health::can_accept() const {
  const std::lock_guard lock(mutex_);
  return good(database_);
}

nlohmann::json Health::report(bool details) const {
  const std::lock_guard lock(mutex_);
  const bool database = good(database_);
  const bool caldav = good(caldav_) && gate_.open();
  nlohmann::json report;
  report["status"] = !database ? "unhealthy" : caldav ? "healthy" : "degraded";
  const auto component = [&](bool is_good, const Component& state) {
    nlohmann::json json{{"status", is_good ? "healthy" : "unhealthy"}};
    if (details && !is_good) json["reason"] = reason(state);
    return json;
  };
  report["components"] = {{"database", component(database, database_)}, {"caldav", component(caldav, caldav_)}};
  if (!database) {
    report["reason"] = "the database does not answer: deliveries are turned away with 503";
  } else if (!caldav) {
    report["reason"] = "the CalDAV server does not answer: deliveries are kept and written when it is back";
  }
  if (details) {
    report["queue"] = gauges_;
    report["version"] = CALMUX_VERSION;
    report["uptime_seconds"] =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_).count();
  }
  return report;
}

}  // namespace calmux
