#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cluster.h"
#include "postgres/event_store.h"
#include "postgres/inbox.h"
#include "postgres/key_store.h"
#include "postgres/object_store.h"
#include "postgres/overview.h"
#include "postgres/pool.h"

namespace calmux::postgres {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A migrated database of the test's own, with a workspace and everything that works on it.
class DatabaseTest : public ::testing::Test {
 protected:
  DatabaseTest();
  ~DatabaseTest() override;

  std::string url() const { return Cluster::instance().url(database_); }

  /// The first value that a statement gives, past the pool; empty where it gives none or NULL.
  std::string sql(const std::string& statement) const;
  int number(const std::string& statement) const { return std::stoi(sql(statement)); }
  /// Ends all other sessions of this database, as an operator or a fail-over would.
  void terminate_sessions() const;

  std::string database_;
  Pool pool_;
  std::int64_t workspace_;
  Inbox inbox_;
  EventStore events_;
  ObjectStore objects_;
  Overview overview_;
};

NewDelivery delivery(const std::string& event, const std::string& key, const std::string& source = "work");

Event event(const std::string& id, const std::string& title = "Stand-up", const std::string& series = "");
SourceEvent known(const Event& event, std::int64_t arrival = 1);
CalendarObject object(const Event& event);

/// A delivery and what shall be stored for it: one live event, its object created or updated.
Plan plan_for(std::span<const Group> groups, const Event& event, const std::string& source = "work");

/// `value()` that ends the test with the error's message.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace calmux::postgres
