#include "postgres/listener.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <pqxx/pqxx>
#include <thread>

#include "postgres/connection.h"
#include "postgres/connection_string.h"

namespace calmux::postgres {

namespace {

constexpr std::array<const char*, 2> channels{"calmux_inbox", "calmux_objects"};
constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{2'000};

class Receiver : public pqxx::notification_receiver {
 public:
  Receiver(pqxx::connection_base& connection, const char* channel, const std::function<void(const std::string&)>& wake)
      : pqxx::notification_receiver(connection, channel), wake_(wake) {}
  void operator()(const std::string&, int) override { wake_(channel()); }

 private:
  const std::function<void(const std::string&)>& wake_;
};

}  // namespace

struct Listener::State {
  State(std::string given_url, std::function<void(const std::string&)> given_wake)
      : url(std::move(given_url)),
        wake(std::move(given_wake)),
        stop(eventfd(0, EFD_CLOEXEC)),
        thread([this] { run(); }) {}
  ~State() {
    const std::uint64_t one = 1;
    // Cannot fail: the counter of an eventfd has room for more than one.
    if (write(stop, &one, sizeof one) == sizeof one) thread.join();
    close(stop);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// Waits for the server or the end; true where the thread shall end.
  bool wait(int server, int timeout_ms) const {
    std::array<pollfd, 2> sockets{{{stop, POLLIN, 0}, {server, POLLIN, 0}}};
    poll(sockets.data(), server < 0 ? 1 : 2, timeout_ms);
    return sockets[0].revents != 0;
  }

  void listen() {
    SessionDefaults defaults;
    defaults.application_name = "calmux listener";
    const auto parameters = connection_string(url, defaults);
    if (!parameters) return;
    const auto connection = connect(*parameters);
    const Receiver inbox(*connection, channels[0], wake);
    const Receiver objects(*connection, channels[1], wake);
    for (const auto* channel : channels) wake(channel);
    pause = first_pause;
    while (!wait(connection->sock(), -1)) connection->get_notifs();
    stopping = true;
  }

  void run() {
    while (!stopping) {
      try {
        listen();
      } catch (...) {
        // A lost connection; whoever needs the database reports it.
      }
      if (stopping || wait(-1, static_cast<int>(pause.count()))) return;
      pause = std::min(2 * pause, longest_pause);
    }
  }

  const std::string url;
  const std::function<void(const std::string&)> wake;
  const int stop;
  bool stopping = false;  // the thread's own
  std::chrono::milliseconds pause = first_pause;
  std::thread thread;
};

Listener::Listener(std::string url, std::function<void(const std::string& channel)> wake)
    : state_(std::make_unique<State>(std::move(url), std::move(wake))) {}
Listener::~Listener() = default;

}  // namespace calmux::postgres
