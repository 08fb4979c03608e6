#include "postgres/connection.h"

#include <poll.h>

#include <pqxx/pqxx>

namespace calmux::postgres {

std::unique_ptr<pqxx::connection> connect(const std::string& parameters) {
  auto connection = std::make_unique<pqxx::connection>(parameters);
// Marked as deprecated because libpqxx 7 never reconnects; 6 does unless told.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection->inhibit_reactivation(true);
#pragma GCC diagnostic pop
  return connection;
}

bool closed_by_server(const pqxx::connection_base& connection) {
  if (!connection.is_open()) return true;
  pollfd socket{connection.sock(), POLLIN, 0};
  return poll(&socket, 1, 0) != 0;
}

}  // namespace calmux::postgres
