#include "database_test.h"

#include <algorithm>
#include <pqxx/pqxx>

namespace calmux::postgres {

namespace {

PoolOptions options_for(const std::string& url) {
  PoolOptions options;
  options.url = url;
  options.size = 12;
  return options;
}

}  // namespace

DatabaseTest::DatabaseTest()
    : database_(Cluster::instance().create_database()),
      pool_(options_for(url())),
      workspace_(must(open_workspace(pool_, "home"))),
      inbox_(pool_, workspace_),
      events_(pool_, workspace_),
      objects_(pool_, workspace_),
      overview_(pool_, workspace_) {}

DatabaseTest::~DatabaseTest() {
  Cluster::instance().drop_database(database_);
}

std::string DatabaseTest::sql(const std::string& statement) const {
  pqxx::connection connection(url());
  const auto rows = pqxx::nontransaction(connection).exec(statement);
  return rows.empty() || rows[0].empty() || rows[0][0].is_null() ? "" : rows[0][0].as<std::string>();
}

void DatabaseTest::terminate_sessions() const {
  sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
      "pg_backend_pid()");
  sql("SELECT pg_sleep(0.05)");
}

NewDelivery delivery(const std::string& event, const std::string& key, const std::string& source) {
  NewDelivery one;
  one.source_id = source;
  one.source_event_id = event;
  one.request_id = "request-" + key;
  one.idempotency_key = key;
  one.body = R"({"subject": "Stand-up"})";
  return one;
}

Event event(const std::string& id, const std::string& title, const std::string& series) {
  Event one;
  one.source_event_id = id;
  one.series_id = series;
  one.title = title;
  one.start = DateValue::utc(std::chrono::sys_seconds{std::chrono::seconds{1'900'000'000}});
  one.end = DateValue::utc(std::chrono::sys_seconds{std::chrono::seconds{1'900'003'600}});
  return one;
}

SourceEvent known(const Event& event, std::int64_t arrival) {
  SourceEvent one;
  one.event = event;
  one.version.arrival = arrival;
  return one;
}

CalendarObject object(const Event& event) {
  return {"uid-" + event.source_event_id, event, {}};
}

Plan plan_for(std::span<const Group> groups, const Event& event, const std::string& source) {
  const auto group_key = event.series_id.empty() ? event.source_event_id : event.series_id;
  Plan plan;
  plan.events.push_back({source, group_key, known(event)});
  Action action;
  action.kind = ActionKind::create;
  action.object_key = event.source_event_id;
  action.content = object(event);
  action.source_event_ids = {event.source_event_id};
  for (const auto& group : groups) {
    for (const auto& there : group.objects) {
      if (there.object_key != event.source_event_id) continue;
      action.kind = ActionKind::update;
      action.object_id = there.id;
    }
  }
  plan.actions.push_back({source, group_key, action, action.content->uid, action.content->uid + "-other", "request"});
  return plan;
}

}  // namespace calmux::postgres
