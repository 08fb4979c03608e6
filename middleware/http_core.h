#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "middleware/http_message.h"
#include "middleware/http_server.h"

namespace calmux {

/// What all connections of one server share. Kept alive by each of them, since a Responder may outlive the server.
struct HttpCore {
  HttpServerOptions options;
  HttpHandler handler;
  HttpRefusal refusal;
  std::atomic<bool> draining{false};
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> open_connections{0};
  std::atomic<std::size_t> in_flight{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> refused{0};

  /// The worded answer to what does not reach the handler, whatever `refusal` throws; 503 carries Retry-After. Counts
  /// it.
  HttpResponse refuse(int status, std::string_view reason);
};

/// How other threads tell one I/O thread to look at a connection, or at all of them. Thread-safe.
class IoInbox {
 public:
  struct Content {
    std::vector<std::shared_ptr<HttpConnection>> connections;
    bool tick = false;       ///< deadlines are to be looked at
    bool close_all = false;  ///< the server stops
  };

  IoInbox();  ///< throws std::system_error when there are no descriptors left
  ~IoInbox();
  IoInbox(const IoInbox&) = delete;
  IoInbox& operator=(const IoInbox&) = delete;

  /// Becomes readable when there is something to take.
  int fd() const { return fd_; }

  void post(std::shared_ptr<HttpConnection> connection);
  void post_tick();
  void post_close_all();
  Content take();

  /// Drops what is there and whatever still comes: the I/O thread is gone.
  void close();

 private:
  void wake() const;

  int fd_;
  std::mutex mutex_;
  Content content_;
  bool closed_ = false;
};

}  // namespace calmux
