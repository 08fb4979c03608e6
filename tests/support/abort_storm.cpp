// Posts from many connections at once while a part of the clients goes away at random moments, and checks that every
// answer that is read to its end names the id which this very request carried. Prints one JSON line; exit 1 if an
// answer was wrong.

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "middleware/http_text.h"

namespace {

constexpr std::string_view kUsage =
    "usage: abort_storm --port PORT [--host 127.0.0.1] [--path /api/webhook/event/created] [--connections 32]\n"
    "                   [--requests 100000] [--abort-fraction 0.5] [--seed 1] [--header 'Name: value']...\n"
    "                   [--body JSON]   the text @ID@ in it becomes the id of the request\n";

struct Options {
  std::string host = "127.0.0.1";
  std::string port;
  std::string path = "/api/webhook/event/created";
  unsigned connections = 32;
  std::uint64_t requests = 100'000;
  double abort_fraction = 0.5;
  std::uint64_t seed = 1;
  std::string headers;
  std::string body =
      R"({"id":"@ID@","subject":"Storm","start":"2030-01-01T10:00:00Z","end":"2030-01-01T11:00:00Z","timeZone":"UTC"})";
};

struct Totals {
  std::atomic<std::uint64_t> requests{0};  ///< begun
  std::atomic<std::uint64_t> answers{0};   ///< 200, read to the end, the right id
  std::atomic<std::uint64_t> aborted{0};   ///< by us, on purpose
  std::atomic<std::uint64_t> wrong{0};     ///< names another id, or none, or came unasked
  std::atomic<std::uint64_t> refused{0};   ///< 429 and 503
  std::atomic<std::uint64_t> errors{0};    ///< no connection, no complete answer, another status
};

struct Answer {
  int status = 0;
  std::string body;
  bool close = false;
};

/// A blocking connection to the server, closed by destruction.
class Connection {
 public:
  explicit Connection(const addrinfo& address)
      : fd_(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, address.ai_protocol)) {
    if (fd_ < 0) throw std::runtime_error("no socket");
    const timeval patience{30, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(fd_, address.ai_addr, address.ai_addrlen) != 0) {
      ::close(fd_);
      throw std::runtime_error("no connection");
    }
  }
  ~Connection() { ::close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool send(std::string_view octets) {
    while (!octets.empty()) {
      const auto length = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
      if (length <= 0) return false;
      octets.remove_prefix(static_cast<std::size_t>(length));
    }
    return true;
  }

  /// The next answer that is not an interim one; none when the connection ends before the answer does.
  std::optional<Answer> receive() {
    for (;;) {
      std::size_t head_end = 0;
      while ((head_end = received_.find("\r\n\r\n")) == std::string::npos) {
        if (!receive_more()) return std::nullopt;
      }
      const std::string head = received_.substr(0, head_end + 2);
      received_.erase(0, head_end + 4);
      Answer answer;
      std::size_t length = 0;
      if (!read_head(head, answer, length)) return std::nullopt;
      if (answer.status < 200) continue;
      while (received_.size() < length) {
        if (!receive_more()) return std::nullopt;
      }
      answer.body = received_.substr(0, length);
      received_.erase(0, length);
      return answer;
    }
  }

  bool receive_more() {
    std::array<char, 4096> buffer{};
    const auto length = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (length <= 0) return false;
    received_.append(buffer.data(), static_cast<std::size_t>(length));
    return true;
  }

  /// Octets that no request asked for.
  bool has_surplus() {
    std::array<char, 1> octet{};
    return !received_.empty() || ::recv(fd_, octet.data(), octet.size(), MSG_DONTWAIT | MSG_PEEK) > 0;
  }

  /// Lets the destructor send a reset instead of an orderly end.
  void reset_on_close() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }

 private:
  static bool read_head(std::string_view head, Answer& answer, std::size_t& length) {
    if (head.size() < 12 || head.substr(0, 7) != "HTTP/1.") return false;
    std::from_chars(head.data() + 9, head.data() + 12, answer.status);
    bool has_length = false;
    for (calmux::cut(head, '\n'); !head.empty();) {
      std::string_view value = calmux::cut(head, '\n');
      const std::string_view name = calmux::cut(value, ':');
      if (!value.empty()) value.remove_suffix(1);
      value = calmux::trim_blanks(value);
      if (calmux::equal_ignoring_case(name, "Content-Length")) {
        has_length = std::from_chars(value.data(), value.data() + value.size(), length).ec == std::errc();
      } else if (calmux::equal_ignoring_case(name, "Connection")) {
        answer.close = calmux::equal_ignoring_case(value, "close");
      }
    }
    return has_length || answer.status < 200;
  }

  int fd_;
  std::string received_;
};

/// The ids that the body names: one, if the answer is sound.
bool names_only(std::string_view body, std::string_view id) {
  constexpr std::string_view kField = "\"source_event_id\"";
  std::size_t found = 0;
  for (std::size_t at = body.find(kField); at != std::string_view::npos; at = body.find(kField, at + 1)) {
    std::string_view rest = body.substr(at + kField.size());
    calmux::cut(rest, '"');
    if (calmux::cut(rest, '"') != id) return false;
    ++found;
  }
  return found == 1;
}

bool names_another(std::string_view body, std::string_view id) {
  return body.find("\"source_event_id\"") != std::string_view::npos && !names_only(body, id);
}

class Client {
 public:
  Client(const Options& options, const addrinfo& address, Totals& totals, std::uint64_t seed)
      : options_(options), address_(address), totals_(totals), random_(seed) {}

  void run() {
    for (std::uint64_t number = 0; (number = totals_.requests.fetch_add(1)) < options_.requests;) {
      try {
        if (!connection_) connection_ = std::make_unique<Connection>(address_);
        post(std::to_string(options_.seed) + "-" + std::to_string(number) + "-" +
             std::to_string(random_() % 1'000'000));
      } catch (const std::exception&) {
        totals_.errors.fetch_add(1);
        connection_.reset();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
  }

 private:
  void post(const std::string& id) {
    std::string body = options_.body;
    for (std::size_t at = body.find("@ID@"); at != std::string::npos; at = body.find("@ID@", at + id.size()))
      body.replace(at, 4, id);
    const std::string request = "POST " + options_.path + " HTTP/1.1\r\nHost: " + options_.host +
                                "\r\nContent-Type: application/json\r\n" + options_.headers +
                                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    if (std::uniform_real_distribution<>(0, 1)(random_) < options_.abort_fraction) return abort(request);
    if (connection_->has_surplus()) totals_.wrong.fetch_add(1);
    if (!connection_->send(request)) throw std::runtime_error("cannot send");
    const auto answer = connection_->receive();
    if (!answer) throw std::runtime_error("no complete answer");
    if (answer->status == 200) {
      (names_only(answer->body, id) ? totals_.answers : totals_.wrong).fetch_add(1);
    } else if (names_another(answer->body, id)) {
      totals_.wrong.fetch_add(1);
    } else {
      (answer->status == 429 || answer->status == 503 ? totals_.refused : totals_.errors).fetch_add(1);
    }
    if (answer->close) connection_.reset();
  }

  /// Goes away within the request, after it, or within its answer, with an orderly end or with a reset.
  void abort(std::string_view request) {
    switch (random_() % 4) {
    case 0:
      connection_->send(request.substr(0, random_() % request.size()));
      break;
    case 1:
      connection_->send(request);
      break;
    case 2:
      connection_->send(request);
      std::this_thread::sleep_for(std::chrono::microseconds(random_() % 2000));
      break;
    default:
      if (connection_->send(request)) connection_->receive_more();
      break;
    }
    if (random_() % 2 == 0) connection_->reset_on_close();
    connection_.reset();
    totals_.aborted.fetch_add(1);
  }

  const Options& options_;
  const addrinfo& address_;
  Totals& totals_;
  std::mt19937_64 random_;
  std::unique_ptr<Connection> connection_;
};

std::optional<Options> read_options(const std::vector<std::string>& arguments) {
  Options options;
  try {
    for (std::size_t i = 0; i < arguments.size(); i += 2) {
      const std::string& name = arguments[i];
      if (i + 1 == arguments.size()) return std::nullopt;
      const std::string& value = arguments[i + 1];
      if (name == "--host")
        options.host = value;
      else if (name == "--port")
        options.port = value;
      else if (name == "--path")
        options.path = value;
      else if (name == "--connections")
        options.connections = static_cast<unsigned>(std::stoul(value));
      else if (name == "--requests")
        options.requests = std::stoull(value);
      else if (name == "--abort-fraction")
        options.abort_fraction = std::stod(value);
      else if (name == "--seed")
        options.seed = std::stoull(value);
      else if (name == "--header")
        options.headers += value + "\r\n";
      else if (name == "--body")
        options.body = value;
      else
        return std::nullopt;
    }
  } catch (const std::exception&) {
    return std::nullopt;
  }
  if (options.port.empty()) return std::nullopt;
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = read_options({argv + 1, argv + argc});
  if (!options) {
    std::cerr << kUsage;
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(options->host.c_str(), options->port.c_str(), &hints, &found) != 0) {
    std::cerr << "abort_storm: unknown host " << options->host << "\n";
    return 2;
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> address(found, &::freeaddrinfo);

  Totals totals;
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < options->connections; ++i) {
    threads.emplace_back([&, i] { Client(*options, *address, totals, options->seed * 1'000'003 + i).run(); });
  }
  for (auto& thread : threads) thread.join();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;

  std::printf(
      "{\"requests\":%llu,\"answers\":%llu,\"aborted\":%llu,\"wrong\":%llu,\"refused\":%llu,\"errors\":%llu,"
      "\"seconds\":%.2f}\n",
      static_cast<unsigned long long>(options->requests), static_cast<unsigned long long>(totals.answers.load()),
      static_cast<unsigned long long>(totals.aborted.load()), static_cast<unsigned long long>(totals.wrong.load()),
      static_cast<unsigned long long>(totals.refused.load()), static_cast<unsigned long long>(totals.errors.load()),
      seconds.count());
  return totals.wrong.load() > 0 ? 1 : 0;
}
