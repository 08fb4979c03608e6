#include "cluster.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <pqxx/pqxx>
#include <stdexcept>

#include "postgres/migrate.h"

namespace calmux::postgres {

namespace {

std::string first_line_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  std::string text;
  for (int c = fgetc(pipe); c != EOF && c != '\n'; c = fgetc(pipe)) text += static_cast<char>(c);
  pclose(pipe);
  return text;
}

std::string new_name(const char* kind) {
  static int count = 0;
  return "calmux_" + std::string(kind) + "_" + std::to_string(getpid()) + "_" + std::to_string(++count);
}

}  // namespace

Cluster& Cluster::instance() {
  static Cluster cluster;
  return cluster;
}

Cluster::Cluster() {
  if (const char* given = std::getenv("CALMUX_TEST_DATABASE_URL"); given != nullptr && *given != '\0') {
    base_url_ = given;
  } else {
    bin_ = first_line_of("ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1");
    if (bin_.empty()) throw std::runtime_error("no PostgreSQL server is installed");
    std::string pattern = (std::filesystem::temp_directory_path() / "calmux-pg-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
    if (geteuid() == 0) {  // PostgreSQL refuses to run as root
      run_as_ = "setpriv --reuid=postgres --regid=postgres --clear-groups ";
      run("chown postgres " + folder_);
    }
    run(run_as_ + bin_ + "/initdb -D " + folder_ + "/data -U calmux -E UTF8 --locale=C.UTF-8 -A trust --no-sync");
    std::ofstream(folder_ + "/data/postgresql.conf", std::ios::app)
        << "listen_addresses = ''\nunix_socket_directories = '" << folder_
        << "'\nfsync = off\nmax_connections = 60\nshared_buffers = 64MB\nautovacuum = off\n";
    start();
    base_url_ = "host=" + folder_ + " user=calmux dbname=postgres";
  }
  template_ = create_empty_database();
  if (const auto migrated = migrate(url(template_)); !migrated) throw std::runtime_error(migrated.error().message);
}

Cluster::~Cluster() {
  try {
    if (is_private()) {
      stop("immediate");
      std::filesystem::remove_all(folder_);
    } else {
      drop_database(template_);
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "the test cluster was not removed: %s\n", e.what());
  }
}

void Cluster::run(const std::string& command) const {
  if (std::system((command + " > " + folder_ + "/command.log 2>&1").c_str()) != 0) {
    throw std::runtime_error("failed: " + command);
  }
}

void Cluster::start() {
  run(run_as_ + bin_ + "/pg_ctl -D " + folder_ + "/data -l " + folder_ + "/log -w start");
}
void Cluster::stop(const std::string& mode) {
  run(run_as_ + bin_ + "/pg_ctl -D " + folder_ + "/data -m " + mode + " -w stop");
}

// Of two parameters of the same name libpq takes the last.
std::string Cluster::url(const std::string& database) const {
  if (base_url_.find("://") == std::string::npos) return base_url_ + " dbname=" + database;
  return base_url_ + (base_url_.find('?') == std::string::npos ? "?" : "&") + "dbname=" + database;
}

std::string Cluster::create_empty_database() {
  const auto name = new_name("empty");
  pqxx::connection connection(base_url_);
  pqxx::nontransaction(connection).exec("CREATE DATABASE " + name);
  return name;
}

std::string Cluster::create_database() {
  const auto name = new_name("test");
  pqxx::connection connection(base_url_);
  pqxx::nontransaction(connection).exec("CREATE DATABASE " + name + " TEMPLATE " + template_);
  return name;
}

void Cluster::drop_database(const std::string& name) {
  pqxx::connection connection(base_url_);
  pqxx::nontransaction(connection).exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
}

}  // namespace calmux::postgres
