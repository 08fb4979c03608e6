#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "middleware/http_answer.h"
#include "middleware/http_core.h"
#include "middleware/http_framing.h"

namespace calmux {

/// One client's connection: reads, frames, hands over one request at a time, writes its answer, then reads on.
///
/// It owns a descriptor of its own for the socket, and every use of it is under the mutex, which is what makes an
/// answer from any thread go to this client or to nobody. Reading stops while a request is in flight, so a client that
/// sends ahead is held back by TCP, and at most one read's worth of octets waits here.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  using Clock = std::chrono::steady_clock;

  struct Event {
    bool readable = false;
    bool hangup = false;  ///< neither direction works any more
  };

  /// Takes ownership of `own_fd`; `io_fd` is the number under which the I/O thread watches the same socket.
  HttpConnection(int own_fd, int io_fd, std::shared_ptr<HttpCore> core, std::shared_ptr<IoInbox> inbox);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  enum class Next {
    wait,           ///< for the next event
    wait_for_room,  ///< for that, and for room to write
    over,           ///< the connection is to be forgotten
  };

  /// I/O thread: does what can be done without blocking.
  Next proceed(Event event);

  /// I/O thread: as proceed(), for what a deadline that has passed asks for.
  Next check_deadline(Clock::time_point now);

  /// I/O thread: answers without waiting for a request, and closes.
  void turn_away(int status, std::string_view reason);

  /// Any thread: the answer to the request number `exchange`. Nothing happens unless that is the one in flight.
  void answer(std::uint64_t exchange, HttpResponse response);

  /// Any thread: the handler will never answer.
  void abandon(std::uint64_t exchange);

  /// Any thread: true if the answer to that request would reach nobody.
  bool is_gone(std::uint64_t exchange) const;

  /// Any thread: closes at once.
  void close();

  int io_fd() const { return io_fd_; }

 private:
  enum class Phase {
    idle,       ///< between requests
    header,     ///< a request has begun
    body,       ///< its header section is complete
    handling,   ///< the handler has it
    writing,    ///< the answer did not fit into the socket yet
    lingering,  ///< answered and half-closed; what still comes is discarded
    closed,
  };
  using Lock = std::unique_lock<std::mutex>;

  void run(Lock& lock);
  bool read_more(Lock& lock);
  void consume(Lock& lock, std::string_view octets);
  void follow_framing(Lock& lock);
  void dispatch(Lock& lock);
  void look_ahead();
  void discard();
  void refuse(Lock& lock, int status, std::string_view reason);
  void begin_answer(HttpAnswer answer, bool close);
  void flush();
  void finish_answer();
  void interim_continue();
  bool awaits(std::uint64_t exchange) const { return exchange == exchange_ && phase_ == Phase::handling; }
  Next next() const;
  void enter(Phase phase);
  void close_now(bool reset);
  bool needs_io_thread() const;

  const int io_fd_;
  const std::shared_ptr<HttpCore> core_;
  const std::shared_ptr<IoInbox> inbox_;
  const std::string peer_;

  mutable std::mutex mutex_;
  int fd_;
  Phase phase_ = Phase::idle;
  Clock::time_point deadline_;
  std::uint64_t exchange_ = 0;
  bool running_ = false;   ///< the I/O thread is in run(), and will see by itself what changes
  bool readable_ = false;  ///< the socket may hold more than was read
  bool to_head_ = false;
  bool keep_alive_ = true;
  bool close_after_ = false;
  bool room_wanted_ = false;
  HttpAnswer outgoing_;
  std::size_t written_ = 0;
  std::size_t discarded_ = 0;

  // Only the I/O thread touches these.
  HttpFraming framing_;
  std::string surplus_;  ///< read, but not framed yet, since a request is in flight
  std::size_t surplus_begin_ = 0;
};

}  // namespace calmux
