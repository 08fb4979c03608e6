#include "middleware/http_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace calmux {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr std::size_t kDiscardBytes = 4 << 20;  // enough for a client that sends all before it reads its 413
constexpr int kTurns = 32;                      // reads or requests before the other connections have their turn

thread_local std::array<char, kReadBytes> read_buffer;

std::string peer_name(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::getpeername(fd, generic, &length) != 0) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address);
    ::inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
    return std::string(text.data()) + ":" + std::to_string(ntohs(v4->sin_port));
  }
  if (address.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address);
    ::inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
    return std::string("[").append(text.data()).append("]:").append(std::to_string(ntohs(v6->sin6_port)));
  }
  return {};
}

HttpBounds bounds_of(const HttpServerOptions& options) {
  return {options.max_header_bytes, options.max_target_bytes, options.max_body_bytes};
}

}  // namespace

HttpConnection::HttpConnection(int own_fd, int io_fd, std::shared_ptr<HttpCore> core, std::shared_ptr<IoInbox> inbox)
    : io_fd_(io_fd),
      core_(std::move(core)),
      inbox_(std::move(inbox)),
      peer_(peer_name(own_fd)),
      fd_(own_fd),
      // A new connection owes its first request; only a kept-alive one may be idle for long.
      deadline_(Clock::now() + core_->options.header_timeout),
      framing_(bounds_of(core_->options)) {
  core_->open_connections.fetch_add(1);
}

HttpConnection::~HttpConnection() {
  close_now(false);
}

HttpConnection::Next HttpConnection::proceed(Event event) {
  Lock lock(mutex_);
  if (event.hangup) close_now(false);
  if (event.readable) readable_ = true;
  run(lock);
  return next();
}

void HttpConnection::run(Lock& lock) {
  running_ = true;
  if (phase_ == Phase::writing) flush();
  for (int turn = 0;; ++turn) {
    if (phase_ == Phase::closed || phase_ == Phase::writing) break;
    if (phase_ == Phase::handling) {
      look_ahead();
      break;
    }
    if (!readable_ && surplus_.empty()) break;
    if (turn == kTurns) {
      inbox_->post(shared_from_this());
      break;
    }
    if (phase_ == Phase::lingering) {
      discard();
    } else if (!surplus_.empty()) {
      consume(lock, {});
    } else if (!read_more(lock)) {
      break;
    }
  }
  running_ = false;
}

bool HttpConnection::read_more(Lock& lock) {
  const auto length = ::recv(fd_, read_buffer.data(), read_buffer.size(), MSG_DONTWAIT);
  if (length > 0) {
    consume(lock, {read_buffer.data(), static_cast<std::size_t>(length)});
    return true;
  }
  if (length < 0 && errno == EINTR) return true;
  if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    readable_ = false;
  } else {
    close_now(false);
  }
  return false;
}

/// Frames one more request, out of the surplus if there is one, else out of `octets`, and keeps what follows it as
/// surplus.
void HttpConnection::consume(Lock& lock, std::string_view octets) {
  const bool from_surplus = !surplus_.empty();
  if (from_surplus) octets = std::string_view(surplus_).substr(surplus_begin_);
  const std::size_t used = framing_.feed(octets);
  if (!from_surplus) {
    surplus_.assign(octets.substr(used));
  } else {
    surplus_begin_ += used;
  }
  if (surplus_begin_ == surplus_.size()) {
    surplus_ = std::string();
    surplus_begin_ = 0;
  }
  follow_framing(lock);
}

void HttpConnection::follow_framing(Lock& lock) {
  switch (framing_.state()) {
  case HttpFraming::State::idle:
    return;
  case HttpFraming::State::header:
    if (phase_ == Phase::idle) enter(Phase::header);
    return;
  case HttpFraming::State::body:
    if (phase_ != Phase::body) enter(Phase::body);
    if (framing_.take_expects_continue()) interim_continue();
    return;
  case HttpFraming::State::complete:
    return dispatch(lock);
  case HttpFraming::State::refused:
    return refuse(lock, framing_.error().status, framing_.error().reason);
  }
}

void HttpConnection::dispatch(Lock& lock) {
  keep_alive_ = framing_.keep_alive();
  HttpRequest request = framing_.take();
  to_head_ = request.method == "HEAD";
  core_->in_flight.fetch_add(1);
  enter(Phase::handling);
  const std::uint64_t exchange = ++exchange_;
  if (core_->draining.load()) return refuse(lock, 503, "the service is stopping");
  core_->requests.fetch_add(1, std::memory_order_relaxed);
  request.peer = peer_;

  lock.unlock();
  try {
    core_->handler(std::move(request), Responder(shared_from_this(), exchange));
  } catch (...) {
    abandon(exchange);
  }
  lock.lock();
}

/// While a request is in flight nothing is read. If there is nothing to read either, the answering thread need not wake
/// the I/O thread afterwards.
void HttpConnection::look_ahead() {
  if (!readable_ || !surplus_.empty()) return;
  char octet = 0;
  const auto length = ::recv(fd_, &octet, 1, MSG_DONTWAIT | MSG_PEEK);
  if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) readable_ = false;
}

/// Reads what a client still sends after the last answer. Closing with unread octets would make the kernel send a
/// reset, and the client might never see its answer (RFC 9112 section 9.6).
void HttpConnection::discard() {
  surplus_ = std::string();
  surplus_begin_ = 0;
  if (!readable_) return;
  const auto length = ::recv(fd_, read_buffer.data(), read_buffer.size(), MSG_DONTWAIT);
  if (length > 0) {
    discarded_ += static_cast<std::size_t>(length);
    if (discarded_ > kDiscardBytes) close_now(true);
  } else if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    readable_ = false;
  } else if (length == 0 || errno != EINTR) {
    close_now(false);
  }
}

HttpConnection::Next HttpConnection::check_deadline(Clock::time_point now) {
  Lock lock(mutex_);
  if (phase_ == Phase::closed || now < deadline_) return next();
  switch (phase_) {
  case Phase::closed:
    break;
  case Phase::idle:
    close_now(false);
    break;
  case Phase::header:
    refuse(lock, 408, "the header section did not arrive in time");
    break;
  case Phase::body:
    refuse(lock, 408, "the body did not arrive in time");
    break;
  case Phase::handling:
    refuse(lock, 503, "no answer was found in time");
    break;
  case Phase::writing:
  case Phase::lingering:
    close_now(true);
    break;
  }
  run(lock);
  return next();
}

void HttpConnection::turn_away(int status, std::string_view reason) {
  Lock lock(mutex_);
  refuse(lock, status, reason);
}

/// The mutex is held throughout: only the I/O thread refuses, and the wording must not let another answer in.
void HttpConnection::refuse(Lock&, int status, std::string_view reason) {
  begin_answer(write_http_answer(core_->refuse(status, reason), to_head_, true), true);
}

void HttpConnection::answer(std::uint64_t exchange, HttpResponse response) {
  Lock lock(mutex_);
  if (!awaits(exchange)) return;
  const bool close = response.close || !keep_alive_ || core_->draining.load();
  begin_answer(write_http_answer(std::move(response), to_head_, close), close);
  const bool wake = needs_io_thread();
  lock.unlock();
  if (wake) inbox_->post(shared_from_this());
}

void HttpConnection::abandon(std::uint64_t exchange) {
  {
    const std::lock_guard lock(mutex_);
    if (!awaits(exchange)) return;
  }
  answer(exchange, core_->refuse(500, "the request was not answered"));
}

bool HttpConnection::is_gone(std::uint64_t exchange) const {
  const std::lock_guard lock(mutex_);
  if (!awaits(exchange)) return true;
  pollfd polled{fd_, 0, 0};
  return ::poll(&polled, 1, 0) > 0 && (polled.revents & (POLLERR | POLLHUP)) != 0;
}

void HttpConnection::close() {
  const std::lock_guard lock(mutex_);
  close_now(false);
}

HttpConnection::Next HttpConnection::next() const {
  if (phase_ == Phase::closed) return Next::over;
  return room_wanted_ ? Next::wait_for_room : Next::wait;
}

void HttpConnection::begin_answer(HttpAnswer answer, bool close) {
  outgoing_ = std::move(answer);
  written_ = 0;
  close_after_ = close;
  if (phase_ != Phase::handling) core_->in_flight.fetch_add(1);
  enter(Phase::writing);
  flush();
}

void HttpConnection::flush() {
  const std::size_t head_size = outgoing_.head.size();
  const std::size_t total = head_size + outgoing_.body.size();
  while (written_ < total) {
    std::array<iovec, 2> parts{};
    msghdr message{};
    message.msg_iov = parts.data();
    if (written_ < head_size) {
      parts[0] = {outgoing_.head.data() + written_, head_size - written_};
      parts[1] = {outgoing_.body.data(), outgoing_.body.size()};
      message.msg_iovlen = outgoing_.body.empty() ? 1 : 2;
    } else {
      parts[0] = {outgoing_.body.data() + (written_ - head_size), total - written_};
      message.msg_iovlen = 1;
    }
    const auto length = ::sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (length >= 0) {
      written_ += static_cast<std::size_t>(length);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      room_wanted_ = true;
      return;
    } else if (errno != EINTR) {
      return close_now(false);
    }
  }
  finish_answer();
}

void HttpConnection::finish_answer() {
  outgoing_ = {};
  core_->in_flight.fetch_sub(1);
  if (!close_after_) return enter(Phase::idle);
  ::shutdown(fd_, SHUT_WR);
  enter(Phase::lingering);
}

/// Best effort: a client that waits for it in vain sends its body after a moment (RFC 9110 section 10.1.1).
void HttpConnection::interim_continue() {
  constexpr std::string_view kInterim = "HTTP/1.1 100 Continue\r\n\r\n";
  const auto length = ::send(fd_, kInterim.data(), kInterim.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (length >= 0 && static_cast<std::size_t>(length) != kInterim.size()) close_now(true);
}

void HttpConnection::enter(Phase phase) {
  phase_ = phase;
  const auto& options = core_->options;
  const auto in = [this](std::chrono::milliseconds delay) { deadline_ = Clock::now() + delay; };
  switch (phase) {
  case Phase::idle:
    return in(options.idle_timeout);
  case Phase::header:
    return in(options.header_timeout);
  case Phase::body:
    return in(options.body_timeout);
  case Phase::handling:
    return in(options.answer_timeout);
  case Phase::writing:
    return in(options.write_timeout);
  case Phase::lingering:
    return in(options.linger_timeout);
  case Phase::closed:
    return;
  }
}

/// `reset` throws away what the client has not taken, where the kernel would go on offering it for minutes.
void HttpConnection::close_now(bool reset) {
  if (phase_ == Phase::closed) return;
  if (phase_ == Phase::handling || phase_ == Phase::writing) core_->in_flight.fetch_sub(1);
  enter(Phase::closed);
  outgoing_ = {};
  if (reset) {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  ::shutdown(fd_, SHUT_RDWR);
  ::close(fd_);
  fd_ = -1;
  core_->open_connections.fetch_sub(1);
}

/// Whether something is left to do that only the I/O thread does, and that no event of the socket will announce.
bool HttpConnection::needs_io_thread() const {
  if (running_) return false;
  return readable_ || !surplus_.empty() || room_wanted_ || phase_ == Phase::closed;
}

}  // namespace calmux
