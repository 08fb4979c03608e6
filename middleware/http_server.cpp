#include "middleware/http_server.h"

#include <fcntl.h>
#include <pistache/listener.h>
#include <pistache/peer.h>
#include <pistache/transport.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "middleware/http_connection.h"
#include "middleware/http_core.h"

namespace calmux {
namespace {

using namespace Pistache;

/// Beyond max_connections this many more may be told so; the rest is closed without a word.
constexpr std::size_t kTurnedAway = 64;

/// Descriptors that the rest of the process keeps: database, CalDAV, logs.
constexpr std::size_t kOtherDescriptors = 192;

/// Pistache gives a connection to thread `descriptor % threads`. Our copies are numbered from here, so that they do not
/// take every other number away and leave one thread idle.
int lowest_own_descriptor(const HttpServerOptions& options) {
  return static_cast<int>(options.max_connections + kTurnedAway + kOtherDescriptors);
}

/// Two descriptors for each connection must fit, since Pistache's accept loop spins while there are none left.
std::size_t affordable_connections(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  const auto descriptors = static_cast<std::size_t>(limit.rlim_cur);
  constexpr std::size_t kReserved = 2 * kTurnedAway + kOtherDescriptors;
  return std::min(wanted, descriptors > kReserved + 2 ? (descriptors - kReserved) / 2 : 1);
}

/// What one I/O thread runs. Pistache accepts, polls and says which descriptors are ready; the reading is ours, so
/// neither its parser nor its write queue, which knows clients by descriptor number, is ever used.
class IoTransport : public Tcp::Transport {
 public:
  using Inboxes = std::vector<std::shared_ptr<IoInbox>>;
  struct Shared {
    std::shared_ptr<HttpCore> core;
    std::mutex mutex;
    std::condition_variable changed;
    Inboxes inboxes;         ///< one for each I/O thread
    std::size_t closed = 0;  ///< I/O threads that have closed all their connections
  };

  IoTransport(const std::shared_ptr<Tcp::Handler>& handler, std::shared_ptr<Shared> shared)
      : Tcp::Transport(handler), shared_(std::move(shared)), inbox_(std::make_shared<IoInbox>()) {}

  std::shared_ptr<Aio::Handler> clone() const override;

  void registerPoller(Polling::Epoll& poller) override {
    Tcp::Transport::registerPoller(poller);
    poller.addFd(inbox_->fd(), Flags<Polling::NotifyOn>(Polling::NotifyOn::Read), tag_of(inbox_->fd()));
    const std::lock_guard lock(shared_->mutex);
    shared_->inboxes.push_back(inbox_);
  }

  void onReady(const Aio::FdSet& ready) override {
    std::vector<Polling::Event> others;
    for (const auto& entry : ready) {
      const int fd = static_cast<int>(entry.getTag().value());
      if (fd == inbox_->fd()) {
        inbox_is_due_ = true;
      } else if (const auto found = clients_.find(fd); found != clients_.end()) {
        proceed(found->second, {entry.isReadable() || entry.isHangup(), entry.isHangup()});
      } else {
        Polling::Event event(entry.getTag());
        if (entry.isReadable()) event.flags.setFlag(Polling::NotifyOn::Read);
        if (entry.isWritable()) event.flags.setFlag(Polling::NotifyOn::Write);
        if (entry.isHangup()) event.flags.setFlag(Polling::NotifyOn::Hangup);
        others.push_back(event);
      }
    }
    if (std::exchange(inbox_is_due_, false)) read_inbox();
    forget_finished();
    // Last, since a client accepted now may bear the number of one that has just been forgotten.
    if (!others.empty()) Tcp::Transport::onReady(Aio::FdSet(std::move(others)));
  }

  /// Called on this I/O thread, before the descriptor is polled for the first time.
  void accept(const std::shared_ptr<Tcp::Peer>& peer) {
    const auto& core = shared_->core;
    const std::size_t open = core->open_connections.load();
    const std::size_t most = core->options.max_connections;
    if (core->stopping.load() || open >= most + kTurnedAway) {
      ::shutdown(peer->fd(), SHUT_RDWR);  // Pistache sees the end of it and closes its descriptor
      return;
    }
    int own = ::fcntl(peer->fd(), F_DUPFD_CLOEXEC, lowest_own_descriptor(core->options));
    if (own < 0) own = ::fcntl(peer->fd(), F_DUPFD_CLOEXEC, 0);
    if (own < 0) {
      ::shutdown(peer->fd(), SHUT_RDWR);
      return;
    }
    auto connection = std::make_shared<HttpConnection>(own, peer->fd(), core, inbox_);
    if (open >= most) connection->turn_away(503, "there are too many connections");
    clients_.insert_or_assign(peer->fd(), Client{peer, std::move(connection), false});
  }

 private:
  struct Client {
    std::shared_ptr<Tcp::Peer> peer;
    std::shared_ptr<HttpConnection> connection;
    bool polled_for_room = false;
  };

  static Polling::Tag tag_of(int fd) { return Polling::Tag(static_cast<std::uint64_t>(fd)); }

  void proceed(Client& client, HttpConnection::Event event) {
    try {
      follow(client, client.connection->proceed(event));
    } catch (...) {
      fail(client);
    }
  }

  void follow(Client& client, HttpConnection::Next next) {
    const int fd = client.peer->fd();
    if (next == HttpConnection::Next::over) {
      finished_.push_back(fd);
    } else if (next == HttpConnection::Next::wait_for_room && !client.polled_for_room) {
      client.polled_for_room = true;
      reactor()->modifyFd(key(), fd, Polling::NotifyOn::Read | Polling::NotifyOn::Write | Polling::NotifyOn::Shutdown,
                          Polling::Mode::Edge);
    }
  }

  /// Out of memory, or epoll refuses: one client pays, the thread lives.
  void fail(Client& client) {
    client.connection->close();
    finished_.push_back(client.peer->fd());
  }

  void read_inbox() {
    const auto content = inbox_->take();
    for (const auto& connection : content.connections) {
      const auto found = clients_.find(connection->io_fd());
      if (found != clients_.end() && found->second.connection == connection) proceed(found->second, {});
    }
    if (content.tick) check_deadlines();
    if (content.close_all) close_all();
  }

  void check_deadlines() {
    const auto now = HttpConnection::Clock::now();
    for (auto& [fd, client] : clients_) {
      try {
        follow(client, client.connection->check_deadline(now));
      } catch (...) {
        fail(client);
      }
    }
  }

  void close_all() {
    for (auto& [fd, client] : clients_) fail(client);
    forget_finished();
    {
      const std::lock_guard lock(shared_->mutex);
      ++shared_->closed;
    }
    shared_->changed.notify_all();
  }

  void forget_finished() {
    for (const int fd : finished_) {
      const auto found = clients_.find(fd);
      if (found == clients_.end()) continue;
      const auto peer = std::move(found->second.peer);
      clients_.erase(found);
      try {
        removePeer(peer);
      } catch (const std::exception&) {
        // Pistache does not know it any more, so there is nothing left to remove.
      }
    }
    finished_.clear();
  }

  std::shared_ptr<Shared> shared_;
  std::shared_ptr<IoInbox> inbox_;
  std::unordered_map<int, Client> clients_;  ///< by Pistache's descriptor
  std::vector<int> finished_;  ///< forgotten only after all events of a round, so none finds another client
  bool inbox_is_due_ = false;
};

class IoHandler : public Tcp::Handler {
 public:
  PROTOTYPE_OF(Tcp::Handler, IoHandler)

  void onConnection(const std::shared_ptr<Tcp::Peer>& peer) override {
    try {
      static_cast<IoTransport*>(transport())->accept(peer);
    } catch (...) {
      ::shutdown(peer->fd(), SHUT_RDWR);
    }
  }

  /// Reached only by connections that were never taken, and they are shut down already.
  void onInput(const char*, std::size_t, const std::shared_ptr<Tcp::Peer>&) override {}
  void onDisconnection(const std::shared_ptr<Tcp::Peer>&) override {}
};

std::shared_ptr<Aio::Handler> IoTransport::clone() const {
  return std::make_shared<IoTransport>(std::make_shared<IoHandler>(), shared_);
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpServerOptions options, HttpHandler handler, HttpRefusal refusal) {
    core_ = std::make_shared<HttpCore>();
    options.max_connections = affordable_connections(options.max_connections);
    core_->options = std::move(options);
    core_->handler = std::move(handler);
    core_->refusal = std::move(refusal);
    shared_->core = core_;
  }

  ~Impl() { stop(); }

  void start() {
    const auto& options = core_->options;
    try {
      const std::string host =
          options.address.find(':') == std::string::npos ? options.address : "[" + options.address + "]";
      listener_ = std::make_unique<Tcp::Listener>(Address(host + ":" + std::to_string(options.port)));
      Flags<Tcp::Options> socket_options(Tcp::Options::ReuseAddr);
      socket_options.setFlag(Tcp::Options::NoDelay).setFlag(Tcp::Options::CloseOnExec);
      listener_->init(static_cast<std::size_t>(std::max(1, options.io_threads)), socket_options, "calmux-http",
                      kBacklog);
      listener_->setTransportFactory(
          [shared = shared_] { return std::make_shared<IoTransport>(std::make_shared<IoHandler>(), shared); });
      listener_->bind();
    } catch (const std::exception& error) {
      listener_.reset();
      throw std::runtime_error("cannot listen on " + options.address + " port " + std::to_string(options.port) + ": " +
                               error.what());
    }
    port_ = static_cast<std::uint16_t>(listener_->getPort());
    listener_->runThreaded();
    ticker_ = std::thread([this] { tick(); });
  }

  std::uint16_t port() const { return port_; }

  void drain(std::chrono::milliseconds deadline) {
    core_->draining.store(true);
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (core_->in_flight.load() > 0 && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }

  void stop() {
    if (!listener_) return;
    core_->stopping.store(true);
    {
      const std::lock_guard lock(tick_mutex_);
      stopped_ = true;
    }
    tick_changed_.notify_all();
    ticker_.join();
    close_connections();
    listener_->shutdown();
    listener_.reset();
    const std::lock_guard lock(shared_->mutex);
    for (const auto& inbox : shared_->inboxes) inbox->close();
    shared_->inboxes.clear();
  }

  HttpServerStats stats() const {
    return {core_->open_connections.load(), core_->in_flight.load(), core_->requests.load(), core_->refused.load()};
  }

 private:
  static constexpr int kBacklog = 1024;

  void tick() {
    std::unique_lock lock(tick_mutex_);
    while (!tick_changed_.wait_for(lock, core_->options.tick, [this] { return stopped_; })) {
      if (core_->open_connections.load() == 0) continue;
      const std::lock_guard inboxes_lock(shared_->mutex);
      for (const auto& inbox : shared_->inboxes) inbox->post_tick();
    }
  }

  /// The I/O threads do it, since Pistache's descriptors are theirs. One that is stuck in a handler is waited for only
  /// when the listener joins it, after the others have let their clients go.
  void close_connections() {
    constexpr std::chrono::seconds kPatience{5};
    std::unique_lock lock(shared_->mutex);
    for (const auto& inbox : shared_->inboxes) inbox->post_close_all();
    shared_->changed.wait_for(lock, kPatience, [this] { return shared_->closed >= shared_->inboxes.size(); });
  }

  std::shared_ptr<HttpCore> core_;
  std::shared_ptr<IoTransport::Shared> shared_ = std::make_shared<IoTransport::Shared>();
  std::unique_ptr<Tcp::Listener> listener_;
  std::uint16_t port_ = 0;
  std::thread ticker_;
  std::mutex tick_mutex_;
  std::condition_variable tick_changed_;
  bool stopped_ = false;
};

HttpServer::HttpServer(HttpServerOptions options, HttpHandler handler, HttpRefusal refusal)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler), std::move(refusal))) {}

HttpServer::~HttpServer() = default;

void HttpServer::start() {
  impl_->start();
}
std::uint16_t HttpServer::port() const {
  return impl_->port();
}
void HttpServer::drain(std::chrono::milliseconds deadline) {
  impl_->drain(deadline);
}
void HttpServer::stop() {
  impl_->stop();
}
HttpServerStats HttpServer::stats() const {
  return impl_->stats();
}

}  // namespace calmux
