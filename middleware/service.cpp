#include "middleware/service.h"

#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include "connectors/caldav/caldav_destination.h"
#include "connectors/icalendar/recurs.h"
#include "connectors/time_zone.h"
#include "middleware/answer.h"
#include "middleware/api.h"
#include "middleware/authenticator.h"
#include "middleware/caldav_options.h"
#include "middleware/committer.h"
#include "middleware/destination_gate.h"
#include "middleware/folder.h"
#include "middleware/health.h"
#include "middleware/housekeeper.h"
#include "middleware/http_server.h"
#include "middleware/log.h"
#include "middleware/metrics.h"
#include "middleware/outcome_waiter.h"
#include "middleware/reconciler.h"
#include "middleware/task_pool.h"
#include "middleware/wakeup.h"
#include "middleware/writer.h"
#include "postgres/event_store.h"
#include "postgres/inbox.h"
#include "postgres/key_store.h"
#include "postgres/listener.h"
#include "postgres/migrate.h"
#include "postgres/object_store.h"
#include "postgres/overview.h"
#include "postgres/pool.h"

namespace calmux {
namespace {

constexpr int connections = 9;
constexpr int working_connections = 6;
constexpr int reading_threads = 3;
constexpr std::size_t longest_read_queue = 256;
constexpr std::chrono::seconds wait_for_database{60};
constexpr std::chrono::seconds drain_deadline{15};

std::string worker_name() {
  char host[256] = "host";
  gethostname(host, sizeof(host) - 1);
  return std::string(host) + ":" + std::to_string(getpid()) + ":" + new_request_id().substr(24);
}

void migrate_when_up(const std::string& url) {
  const auto give_up = std::chrono::steady_clock::now() + wait_for_database;
  while (true) {
    const auto applied = postgres::migrate(url);
    if (applied) {
      for (const auto& name : *applied) log::info("migration applied", "", {{"name", name}});
      return;
    }
    if (applied.error().kind != ErrorKind::database_unavailable || std::chrono::steady_clock::now() > give_up) {
      throw std::runtime_error("the database cannot be used: " + applied.error().message);
    }
    log::warning("waiting for the database", "", {{"reason", applied.error().message}});
    std::this_thread::sleep_for(std::chrono::seconds{1});
  }
}

std::int64_t workspace_id(postgres::Pool& pool, const std::string& name) {
  const auto id = postgres::open_workspace(pool, name);
  if (!id) throw std::runtime_error("the workspace cannot be opened: " + id.error().message);
  return *id;
}

HttpServerOptions server_options(const Config& config) {
  HttpServerOptions options;
  options.address = config.address;
  options.port = config.port;
  options.max_body_bytes = config.max_body_bytes;
  return options;
}

const Config& with_log(const Config& config) {
  log::start(config.log_level, config.log_file);
  migrate_when_up(config.database_url);
  return config;
}

}  // namespace

/// In the order of construction: what stands below uses what stands above, and goes first.
struct Service::Parts {
  explicit Parts(const Config& given)
      : config(with_log(given)),
        pool({.url = config.database_url, .size = connections}),
        work_pool({.url = config.database_url, .size = working_connections, .durable = false}),
        workspace(workspace_id(pool, config.workspace)),
        inbox(pool, workspace),
        claims(work_pool, workspace),
        events(work_pool, workspace),
        objects(work_pool, workspace),
        keys(pool, workspace),
        overview(pool, workspace),
        authenticator(config.api_keys),
        destination(caldav_options(config)),
        tasks(reading_threads, longest_read_queue),
        waiter(overview, config.max_waiting),
        committer(inbox, metrics),
        health(overview, destination, gate, metrics, [this] { destination_back(); }, {}),
        reconciler(objects, destination, gate, config.reconcile_every, [this] { objects_decided.ring(); }),
        housekeeper(keys, authenticator, inbox, config.inbox_retention),
        writer(objects, destination, gate, metrics, config.caldav_parallel, worker, objects_decided,
               {[this] { waiter.wake(); }, [this] { health.look_at_destination(); }}),
        folder(claims, events, metrics,
               {FoldRules{}, config.workspace, config.max_event_age, time_zone::to_instant, config.cancelled,
                icalendar::recurs},
               worker, deliveries_arrived,
               {[this] {
                  objects_decided.ring();
                  waiter.wake();
                },
                [this] { return committer.flooded(); }}),
        listener(config.database_url,
                 [this](const std::string& channel) {
                   (channel == "calmux_inbox" ? deliveries_arrived : objects_decided).ring();
                 }),
        receiver({authenticator, committer, waiter, tasks, inbox, metrics, [this] { deliveries_arrived.ring(); }}),
        api({receiver, authenticator, health, metrics, tasks, overview, inbox, objects,
             [this] {
               deliveries_arrived.ring();
               objects_decided.ring();
             }}),
        server(
            server_options(config),
            [this](HttpRequest&& request, Responder&& responder) {
              api.handle(std::move(request), std::move(responder));
            },
            [](int status, std::string_view reason) { return error_answer(status, reason, new_request_id()); }) {
    server.start();
    log::info("listening", "", {{"address", config.address}, {"port", std::to_string(server.port())}});
    if (config.api_keys.empty()) {
      log::warning("API_KEY names no key: only keys made with `calmux key new` are accepted", "");
    }
  }

  ~Parts() {
    log::info("draining", "");
    waiter.release();
    server.drain(drain_deadline);
    server.stop();
    log::info("stopped", "");
  }

  void destination_back() {
    if (const auto due = objects.retry_now(); !due)
      log::warning("waiting objects stay with their back-off", "", {{"reason", due.error().message}});
    objects_decided.ring();
  }

  const Config config;
  const std::string worker = worker_name();
  Wakeup deliveries_arrived;
  Wakeup objects_decided;
  postgres::Pool pool;       ///< for what was promised to a sender, and for reading
  postgres::Pool work_pool;  ///< for what is done again if PostgreSQL crashes: claims, folds, records
  const std::int64_t workspace;
  postgres::Inbox inbox;
  postgres::Inbox claims;  ///< the same table, for the folder
  postgres::EventStore events;
  postgres::ObjectStore objects;
  postgres::KeyStore keys;
  postgres::Overview overview;
  Metrics metrics;
  Authenticator authenticator;
  DestinationGate gate;
  caldav::CalDavDestination destination;
  TaskPool tasks;
  OutcomeWaiter waiter;
  Committer committer;
  Health health;
  Reconciler reconciler;
  Housekeeper housekeeper;
  Writer writer;
  Folder folder;
  postgres::Listener listener;
  Receiver receiver;
  Api api;
  HttpServer server;
};

Service::Service(const Config& config) : parts_(std::make_unique<Parts>(config)) {}
Service::~Service() = default;

}  // namespace calmux
