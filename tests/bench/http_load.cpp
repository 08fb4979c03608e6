// Posts one body over and over from many kept-alive connections, each time with another id, and prints what came back
// as one JSON line. One thread, so that the load takes as little as possible of the machine it shares with the server.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/bench/load_request.h"

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::string_view kUsage =
    "usage: http_load --port PORT --body-file FILE [--path /api/webhook/event] [--header 'Name: value']...\n"
    "                 [--connections 16] [--prefix id-] [--seconds 5 | --requests COUNT] [--warm-up 0] [--rate 0]\n"
    "The text @ID@ in the body, the path and the headers becomes PREFIX and a number of ten digits.\n"
    "--rate: so many requests a second whatever the answers take, and times are counted from when a request was due\n";

struct Options {
  std::uint16_t port = 0;
  std::string path = "/api/webhook/event";
  std::string headers;
  std::string body;
  std::string prefix = "id-";
  std::size_t connections = 16;
  double seconds = 5;
  double warm_up = 0;          ///< seconds whose answers are not counted
  std::uint64_t requests = 0;  ///< 0: as many as fit into `seconds`
  double rate = 0;             ///< 0: each connection sends when it was answered
};

class Load {
 public:
  explicit Load(const Options& options)
      : options_(options),
        template_(options.path, options.headers, options.body, options.prefix),
        epoll_(::epoll_create1(0)) {
    connections_.resize(options.connections);
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      connections_[i].request = template_.text();
      open(i);
    }
  }

  void run() {
    begin_ = Clock::now();
    while (!over()) {
      send_due();
      wait();
    }
  }

  void print() {
    std::ranges::sort(micros_);
    const double measured = Seconds(last_ - begin_).count() - options_.warm_up;
    std::string statuses;
    for (const auto& [status, count] : statuses_)
      statuses += (statuses.empty() ? "\"" : ",\"") + std::to_string(status) + "\":" + std::to_string(count);
    std::printf(
        "{\"answers\":%zu,\"seconds\":%.3f,\"rate\":%.1f,\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,"
        "\"p999_ms\":%.3f,\"max_ms\":%.3f,\"broken\":%zu,\"unanswered\":%zu,\"statuses\":{%s}}\n",
        micros_.size(), measured, measured > 0 ? static_cast<double>(micros_.size()) / measured : 0, percentile(0.5),
        percentile(0.9), percentile(0.99), percentile(0.999), percentile(1), broken_, unanswered(), statuses.c_str());
  }

 private:
  struct Connection {
    int fd = -1;
    std::string request;
    std::size_t sent = 0;
    std::string received;
    Clock::time_point since;
    bool busy = false;
  };

  void open(std::size_t index) {
    auto& connection = connections_[index];
    connection.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(connection.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot connect to port " + std::to_string(options_.port));
    const int on = 1;
    ::setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
    connection.busy = false;
    connection.received.clear();
    idle_.push_back(index);
  }

  bool all_begun() const {
    if (options_.requests > 0) return begun_ >= options_.requests;
    return Seconds(Clock::now() - begin_).count() >= options_.seconds;
  }

  /// Ends when everything is answered; not later than ten seconds after the last request, so that a stuck server shows.
  bool over() const {
    if (!all_begun()) return false;
    const bool waiting = idle_.size() < connections_.size() || !due_.empty();
    return !waiting || Seconds(Clock::now() - last_begun_).count() > 10;
  }

  void send_due() {
    const auto now = Clock::now();
    if (options_.rate > 0) {
      for (; !all_begun(); ++begun_, last_begun_ = now) {
        const auto at =
            begin_ + std::chrono::duration_cast<Clock::duration>(Seconds(static_cast<double>(begun_) / options_.rate));
        if (at > now) break;
        due_.push_back(at);
      }
      for (; !due_.empty() && !idle_.empty(); due_.pop_front()) begin(due_.front());
      return;
    }
    for (; !all_begun() && !idle_.empty(); ++begun_, last_begun_ = now) begin(now);
  }

  void begin(Clock::time_point since) {
    auto& connection = connections_[idle_.front()];
    const auto index = idle_.front();
    idle_.pop_front();
    template_.number(connection.request, numbered_++);
    connection.since = since;
    connection.sent = 0;
    connection.busy = true;
    write(index);
  }

  void write(std::size_t index) {
    auto& connection = connections_[index];
    const auto& text = connection.request;
    const auto count =
        ::send(connection.fd, text.data() + connection.sent, text.size() - connection.sent, MSG_NOSIGNAL);
    if (count <= 0) return reopen(index);
    connection.sent += static_cast<std::size_t>(count);
    if (connection.sent < text.size()) write(index);
  }

  void wait() {
    // At a rate the next request is due before the next answer may come.
    timespec patience{0, 20'000'000};
    if (options_.rate > 0 && !all_begun())
      patience.tv_nsec = std::min(patience.tv_nsec, static_cast<long>(0.5e9 / options_.rate));
    std::array<epoll_event, 256> events{};
    const int count = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &patience, nullptr);
    for (int i = 0; i < count; ++i) read(events[static_cast<std::size_t>(i)].data.u64);
  }

  void read(std::size_t index) {
    auto& connection = connections_[index];
    std::array<char, 16384> buffer{};
    const auto count = ::recv(connection.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) return reopen(index);
    connection.received.append(buffer.data(), static_cast<std::size_t>(count));
    const auto answer = bench::complete_answer(connection.received);
    if (!answer || !connection.busy) return;
    connection.received.erase(0, answer->first);
    connection.busy = false;
    idle_.push_back(index);
    const auto now = Clock::now();
    if (Seconds(now - begin_).count() < options_.warm_up) return;
    last_ = now;
    ++statuses_[answer->second];
    if (answer->second == 200)
      micros_.push_back(static_cast<std::uint32_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(now - connection.since).count()));
    // The next request goes out before the other answers are looked at, as independent senders would do.
    if (options_.rate <= 0) send_due();
  }

  void reopen(std::size_t index) {
    ++broken_;
    ::close(connections_[index].fd);
    std::erase(idle_, index);
    open(index);
  }

  std::size_t unanswered() const { return connections_.size() - idle_.size() + due_.size(); }

  double percentile(double share) const {
    if (micros_.empty()) return 0;
    const auto last = static_cast<double>(micros_.size() - 1);
    return static_cast<double>(micros_[static_cast<std::size_t>(last * share)]) / 1000;
  }

  const Options& options_;
  const bench::RequestTemplate template_;
  const int epoll_;
  std::vector<Connection> connections_;
  std::deque<std::size_t> idle_;
  std::deque<Clock::time_point> due_;  ///< of requests that wait for a free connection
  Clock::time_point begin_;
  Clock::time_point last_begun_;
  Clock::time_point last_;
  std::uint64_t begun_ = 0;
  std::uint64_t numbered_ = 0;
  std::size_t broken_ = 0;
  std::vector<std::uint32_t> micros_;
  std::map<int, std::size_t> statuses_;
};

std::string read_all(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::optional<Options> read_options(const std::vector<std::string>& arguments) {
  Options options;
  const std::map<std::string_view, std::function<void(const std::string&)>> known{
      {"--port", [&](const auto& value) { options.port = static_cast<std::uint16_t>(std::stoul(value)); }},
      {"--path", [&](const auto& value) { options.path = value; }},
      {"--header", [&](const auto& value) { options.headers += value + "\r\n"; }},
      {"--body-file", [&](const auto& value) { options.body = read_all(value); }},
      {"--prefix", [&](const auto& value) { options.prefix = value; }},
      {"--connections", [&](const auto& value) { options.connections = std::stoul(value); }},
      {"--seconds", [&](const auto& value) { options.seconds = std::stod(value); }},
      {"--warm-up", [&](const auto& value) { options.warm_up = std::stod(value); }},
      {"--requests", [&](const auto& value) { options.requests = std::stoull(value); }},
      {"--rate", [&](const auto& value) { options.rate = std::stod(value); }},
  };
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const auto found = known.find(arguments[i]);
    if (found == known.end() || i + 1 == arguments.size()) return std::nullopt;
    found->second(arguments[i + 1]);
  }
  if (options.port == 0 || options.body.empty() || options.connections == 0) return std::nullopt;
  return options;
}

}  // namespace

int main(int argc, char** argv) try {
  const auto options = read_options({argv + 1, argv + argc});
  if (!options) {
    std::cerr << kUsage;
    return 2;
  }
  Load load(*options);
  load.run();
  load.print();
  return 0;
} catch (const std::exception& error) {
  std::cerr << "http_load: " << error.what() << "\n";
  return 1;
}
