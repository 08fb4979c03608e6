#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "middleware/http_message.h"

namespace calmux {

/// Bounds and deadlines of the listener. Sizes are octets. Every deadline is a total for its phase, not a pause between
/// octets, so that a sender that trickles cannot stretch it.
struct HttpServerOptions {
  std::string address = "127.0.0.1";         ///< a numeric IPv4 or IPv6 address
  std::uint16_t port = 0;                    ///< 0: any free port, see HttpServer::port()
  int io_threads = 2;                        ///< threads that read, frame and call the handler
  std::size_t max_header_bytes = 16 * 1024;  ///< request line and header section together; more is refused with 431
  std::size_t max_target_bytes = 8 * 1024;   ///< more is refused with 414
  std::size_t max_body_bytes = 1 << 20;      ///< after chunked decoding; more is refused with 413
  std::size_t max_connections = 1024;        ///< one more is answered 503 and closed
  std::chrono::milliseconds header_timeout{10'000};  ///< from a request's first octet to the end of its header section
  std::chrono::milliseconds body_timeout{30'000};    ///< from there to the end of its body
  std::chrono::milliseconds idle_timeout{75'000};    ///< of a kept-alive connection between two requests
  std::chrono::milliseconds answer_timeout{
      130'000};  ///< for the handler to answer; then 503 and the connection is closed
  std::chrono::milliseconds write_timeout{10'000};  ///< for the client to take the whole answer
  std::chrono::milliseconds linger_timeout{
      2'000};                           ///< how long a closing connection discards what the client still sends
  std::chrono::milliseconds tick{100};  ///< how often deadlines are looked at
};

struct HttpServerStats {
  std::size_t open_connections = 0;
  std::size_t requests_in_flight = 0;  ///< handed to the handler and not answered yet, or the answer not taken yet
  std::uint64_t requests_total = 0;    ///< handed to the handler
  std::uint64_t refused_total = 0;     ///< answered by the framing, the connection bound or a drain
};

/// The process's HTTP listener: HTTP/1.1 and 1.0 (RFC 9112), plain TCP. Pistache accepts the connections and runs the
/// I/O threads; framing and answers are our own, and an answer is written only to the very socket its request came
/// from.
class HttpServer {
 public:
  HttpServer(HttpServerOptions options, HttpHandler handler, HttpRefusal refusal);
  ~HttpServer();  ///< stops

  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Binds and begins to accept. Throws std::runtime_error with a sentence for the operator when the address cannot be
  /// bound.
  void start();

  /// The bound port, after start().
  std::uint16_t port() const;

  /// Takes no new requests: each is answered 503 with Retry-After and its connection closed. Returns once no request is
  /// in flight, or at the deadline. Answers that are still to come are delivered either way, until stop().
  void drain(std::chrono::milliseconds deadline);

  /// Closes every connection and joins every thread. A Responder that outlives this is harmless: its answer goes
  /// nowhere.
  void stop();

  HttpServerStats stats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace calmux
