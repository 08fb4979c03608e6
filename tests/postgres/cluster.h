#pragma once

#include <string>

namespace calmux::postgres {

/// The PostgreSQL that the tests use: the one that CALMUX_TEST_DATABASE_URL names (its user must be allowed to create
/// databases), else a private cluster, reachable through a socket in a temporary folder only, started at first use and
/// removed at the end.
class Cluster {
 public:
  static Cluster& instance();

  bool is_private() const { return !folder_.empty(); }

  /// The connection string of a database, which need not exist.
  std::string url(const std::string& database) const;

  /// Makes a migrated database; fast, from a template.
  std::string create_database();
  std::string create_empty_database();
  void drop_database(const std::string& name);

  /// Private clusters only. `mode`: fast, or immediate as in a crash.
  void stop(const std::string& mode);
  void start();

 private:
  Cluster();
  ~Cluster();
  void run(const std::string& command) const;

  std::string base_url_;
  std::string folder_;  ///< empty unless private
  std::string run_as_;  ///< what lends an unprivileged account where we are root
  std::string bin_;
  std::string template_;
};

}  // namespace calmux::postgres
