#include <utility>

#include "middleware/http_connection.h"
#include "middleware/http_message.h"

namespace calmux {
namespace {

void abandon(const std::shared_ptr<HttpConnection>& connection, std::uint64_t exchange) noexcept {
  if (!connection) return;
  try {
    connection->abandon(exchange);
  } catch (...) {
    connection->close();  // without memory for an answer, the end of the connection is the answer
  }
}

}  // namespace

Responder::Responder(std::shared_ptr<HttpConnection> connection, std::uint64_t exchange)
    : connection_(std::move(connection)), exchange_(exchange) {}

Responder::Responder(Responder&& other) noexcept
    : connection_(std::move(other.connection_)), exchange_(other.exchange_) {}

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    abandon(connection_, exchange_);
    connection_ = std::move(other.connection_);
    exchange_ = other.exchange_;
  }
  return *this;
}

Responder::~Responder() {
  abandon(connection_, exchange_);
}

void Responder::send(HttpResponse response) {
  const auto connection = std::exchange(connection_, nullptr);
  if (connection) connection->answer(exchange_, std::move(response));
}

bool Responder::peer_gone() const {
  return !connection_ || connection_->is_gone(exchange_);
}

}  // namespace calmux
