#include "middleware/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace calmux {
namespace {

using std::chrono::milliseconds;

/// A client that sends and receives exactly what a test says.
class Client {
 public:
  explicit Client(std::uint16_t port, int receive_buffer = 0) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { close(); }
  Client(Client&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_), received_(std::move(other.received_)) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }

  Client& send(std::string_view octets) {
    while (!octets.empty()) {
      const auto length = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
      if (length <= 0) break;
      octets.remove_prefix(static_cast<std::size_t>(length));
    }
    return *this;
  }

  Client& finish_sending() {
    ::shutdown(fd_, SHUT_WR);
    return *this;
  }

  /// All that comes until the server ends the connection; "(still open)" is added if it does not.
  std::string until_end(milliseconds patience = milliseconds(5000)) {
    while (receive(patience)) {
    }
    if (!ended_) received_ += "(still open)";
    return std::exchange(received_, {});
  }

  /// The next answer with its header section, by its Content-Length.
  std::string answer(bool has_body = true, milliseconds patience = milliseconds(5000)) {
    for (;;) {
      const auto head_end = received_.find("\r\n\r\n");
      if (head_end != std::string::npos) {
        const auto length_at = received_.find("Content-Length: ");
        const std::size_t length =
            has_body && length_at < head_end ? std::stoul(received_.substr(length_at + 16, 20)) : 0;
        if (received_.size() >= head_end + 4 + length) {
          const std::string whole = received_.substr(0, head_end + 4 + length);
          received_.erase(0, whole.size());
          return whole;
        }
      }
      if (!receive(patience)) return std::exchange(received_, {}) + (ended_ ? "(ended)" : "(nothing more)");
    }
  }

  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }

 private:
  bool receive(milliseconds patience) {
    pollfd polled{fd_, POLLIN, 0};
    if (::poll(&polled, 1, static_cast<int>(patience.count())) <= 0) return false;
    std::array<char, 65536> buffer{};
    const auto length = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (length <= 0) {
      ended_ = true;
      return false;
    }
    received_.append(buffer.data(), static_cast<std::size_t>(length));
    return true;
  }

  int fd_;
  bool connected_ = false;
  bool ended_ = false;
  std::string received_;
};

/// A server whose handler answers at once with method, path and body, except that it keeps what is sent to /later until
/// the test answers it, and misbehaves as the path says.
class HttpServerTest : public testing::Test {
 protected:
  void start(HttpServerOptions options = {}) {
    options.tick = milliseconds(10);
    server_ = std::make_unique<HttpServer>(
        options,
        [this](HttpRequest&& request, Responder&& responder) { handle(std::move(request), std::move(responder)); },
        [](int status, std::string_view reason) {
          HttpResponse response;
          response.status = status;
          response.body = "refused: " + std::string(reason);
          return response;
        });
    server_->start();
  }

  void TearDown() override {
    if (server_) server_->stop();
    kept_.clear();
  }

  void handle(HttpRequest&& request, Responder&& responder) {
    {
      const std::lock_guard lock(mutex_);
      seen_.push_back(request.method + " " + request.path);
    }
    if (request.path == "/throw") throw std::runtime_error("a secret");
    if (request.path == "/drop") return;
    if (request.path == "/later") {
      const std::lock_guard lock(mutex_);
      kept_.emplace_back(std::move(request), std::move(responder));
      changed_.notify_all();
      return;
    }
    HttpResponse response;
    if (request.path == "/large") {
      response.body = std::string(32 << 20, 'x');
    } else if (request.path == "/headers") {
      response.headers = {{"X-Good", "yes"}, {"X-Bad", "a\r\nInjected: b"}, {"Content-Length", "3"}, {"Bad Name", "c"}};
    } else if (request.path == "/close") {
      response.close = true;
    } else {
      response.body = request.method + " " + request.path + " " + request.body;
    }
    responder.send(std::move(response));
  }

  std::pair<HttpRequest, Responder> take_kept() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, milliseconds(5000), [this] { return !kept_.empty(); }))
      throw std::runtime_error("no request was kept");
    auto kept = std::move(kept_.front());
    kept_.pop_front();
    return kept;
  }

  std::vector<std::string> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

  bool becomes_true(const std::function<bool()>& condition) {
    for (int i = 0; i < 2500 && !condition(); ++i) std::this_thread::sleep_for(milliseconds(2));
    return condition();
  }

  Client client() { return Client(server_->port()); }

  static HttpResponse saying(std::string body) {
    HttpResponse response;
    response.body = std::move(body);
    return response;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> seen_;
  std::deque<std::pair<HttpRequest, Responder>> kept_;
  std::unique_ptr<HttpServer> server_;
};

std::string get(std::string_view path, std::string_view more = {}) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(more) + "\r\n";
}

std::string post(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string_view body_of(std::string_view answer) {
  return answer.substr(std::min(answer.size(), answer.find("\r\n\r\n") + 4));
}

TEST_F(HttpServerTest, requests_on_a_kept_connection_are_answered) {
  start();
  Client client = this->client();
  for (int i = 0; i < 3; ++i) {
    const std::string answer = client.send(post("/a", std::to_string(i))).answer();
    EXPECT_TRUE(contains(answer, "HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_TRUE(contains(answer, "Connection: keep-alive\r\n")) << answer;
    EXPECT_TRUE(contains(answer, "Content-Type: application/json\r\n")) << answer;
    EXPECT_TRUE(contains(answer, "\r\nDate: ") && contains(answer, " GMT\r\n")) << answer;
    EXPECT_EQ(body_of(answer), "POST /a " + std::to_string(i));
  }
  EXPECT_EQ(server_->stats().requests_total, 3u);
}

TEST_F(HttpServerTest, connections_are_closed_where_client_or_handler_ask) {
  start();
  EXPECT_TRUE(contains(client().send(get("/", "Connection: close\r\n")).until_end(), "Connection: close\r\n"));
  EXPECT_TRUE(contains(client().send("GET / HTTP/1.0\r\n\r\n").until_end(), "Connection: close\r\n"));
  EXPECT_TRUE(contains(client().send(get("/close")).until_end(), "Connection: close\r\n"));
  EXPECT_FALSE(contains(client().send(get("/", "Connection: close\r\n")).until_end(), "still open"));
}

TEST_F(HttpServerTest, head_is_answered_without_a_body) {
  start();
  Client client = this->client();
  const std::string answer = client.send("HEAD /abc HTTP/1.1\r\nHost: h\r\n\r\n").answer(false);
  EXPECT_TRUE(contains(answer, "Content-Length: 10\r\n")) << answer;
  EXPECT_EQ(body_of(client.send(get("/next")).answer()), "GET /next ");
}

TEST_F(HttpServerTest, headers_that_would_alter_the_framing_are_left_out) {
  start();
  const std::string answer = client().send(get("/headers")).answer();
  EXPECT_TRUE(contains(answer, "X-Good: yes\r\n"));
  EXPECT_FALSE(contains(answer, "Injected"));
  EXPECT_FALSE(contains(answer, "Bad Name"));
  EXPECT_TRUE(contains(answer, "Content-Length: 0\r\n"));
}

TEST_F(HttpServerTest, pipelined_requests_are_answered_in_order) {
  start();
  std::string octets;
  for (int i = 0; i < 500; ++i) octets += post("/p", std::to_string(i));
  Client client = this->client();
  client.send(octets);
  for (int i = 0; i < 500; ++i) ASSERT_EQ(body_of(client.answer()), "POST /p " + std::to_string(i));
}

TEST_F(HttpServerTest, a_pipelined_request_waits_for_the_answer_before_it) {
  start();
  Client client = this->client();
  client.send(post("/later", "1") + post("/now", "2") + post("/later", "3"));
  auto first = take_kept();
  std::this_thread::sleep_for(milliseconds(30));
  EXPECT_EQ(seen().size(), 1u);
  first.second.send(saying("first"));
  EXPECT_EQ(body_of(client.answer()), "first");
  EXPECT_EQ(body_of(client.answer()), "POST /now 2");
  take_kept().second.send(saying("third"));
  EXPECT_EQ(body_of(client.answer()), "third");
}

TEST_F(HttpServerTest, a_client_that_sends_ahead_is_held_back_not_buffered) {
  start();
  Client client = this->client();
  client.send(get("/later"));
  auto kept = take_kept();
  std::thread sender([&] { client.send(std::string(64 << 20, 'x')); });
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_EQ(server_->stats().requests_total, 1u);
  kept.second.send(saying("done"));
  const std::string received = client.until_end();
  sender.join();
  EXPECT_TRUE(contains(received, "done")) << received;
  EXPECT_FALSE(contains(received, "still open"));
}

TEST_F(HttpServerTest, a_refused_request_ends_its_connection_and_hides_what_follows) {
  start();
  const std::string smuggled = get("/smuggled");
  struct Row {
    std::string status;
    std::string octets;
  };
  const std::vector<Row> rows{
      {"400", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nContent-Length: 0\r\n\r\n"},
      {"400", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"400", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n"},
      {"501", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"},
      {"400", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;\n" + smuggled},
      {"400", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"},
      {"413", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\n\r\n"},
      {"414", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"431", get("/", "X: " + std::string(17000, 'a') + "\r\n")},
      {"505", "GET / HTTP/3.0\r\nHost: h\r\n\r\n"},
      {"501", "CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"417", get("/", "Expect: more\r\n")},
      {"400", "GET / HTTP/1.1\r\n\r\n"},
      {"400", "GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n"},
  };
  for (const auto& row : rows) {
    const std::string received = client().send(row.octets + smuggled + smuggled).finish_sending().until_end();
    EXPECT_TRUE(contains(received, "HTTP/1.1 " + row.status + " ")) << row.octets << received;
    EXPECT_TRUE(contains(received, "refused: ")) << received;
    EXPECT_TRUE(contains(received, "Connection: close\r\n")) << received;
    EXPECT_EQ(received.find("\r\nDate: "), received.rfind("\r\nDate: ")) << received;
  }
  EXPECT_TRUE(seen().empty());
  EXPECT_EQ(server_->stats().refused_total, rows.size());
  EXPECT_TRUE(becomes_true([this] { return server_->stats().open_connections == 0; }));
}

TEST_F(HttpServerTest, a_client_that_sends_all_before_it_reads_still_gets_the_refusal) {
  start();
  Client client = this->client();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n").send(std::string(3000000, 'x'));
  EXPECT_TRUE(contains(client.until_end(), "HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, a_refused_connection_is_not_read_for_ever) {
  HttpServerOptions options;
  options.linger_timeout = milliseconds(50);
  start(options);
  Client client = this->client();
  client.send("nonsense\n");
  client.until_end();
  EXPECT_TRUE(becomes_true([this] { return server_->stats().open_connections == 0; }));
}

TEST_F(HttpServerTest, the_body_is_asked_for_where_the_client_waits_for_that) {
  start();
  Client client = this->client();
  client.send("POST /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(body_of(client.send("ok").answer()), "POST /e ok");
  client.send("POST /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n");
  EXPECT_TRUE(contains(client.until_end(), "HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, a_slow_header_is_refused_after_a_total_time) {
  HttpServerOptions options;
  options.header_timeout = milliseconds(150);
  start(options);
  Client client = this->client();
  for (int i = 0; i < 20; ++i) {
    client.send(i == 0 ? "GET / HTTP/1.1\r\nX: " : "y");
    std::this_thread::sleep_for(milliseconds(15));
  }
  EXPECT_TRUE(contains(client.until_end(), "HTTP/1.1 408 "));
  EXPECT_EQ(this->client().until_end(), "");
}

TEST_F(HttpServerTest, a_slow_body_is_refused_after_a_total_time) {
  HttpServerOptions options;
  options.body_timeout = milliseconds(150);
  start(options);
  Client client = this->client();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n");
  for (int i = 0; i < 20; ++i) {
    client.send("y");
    std::this_thread::sleep_for(milliseconds(15));
  }
  EXPECT_TRUE(contains(client.until_end(), "HTTP/1.1 408 "));
}

TEST_F(HttpServerTest, an_idle_connection_is_closed_without_a_word) {
  HttpServerOptions options;
  options.idle_timeout = milliseconds(80);
  start(options);
  Client client = this->client();
  client.send(get("/")).answer();
  EXPECT_EQ(client.until_end(), "");
}

TEST_F(HttpServerTest, a_client_that_does_not_read_is_dropped_and_delays_nobody) {
  HttpServerOptions options;
  options.write_timeout = milliseconds(300);
  options.io_threads = 1;
  start(options);
  Client slow(server_->port(), 4096);
  slow.send(get("/large"));
  ASSERT_TRUE(becomes_true([this] { return server_->stats().requests_in_flight == 1; }));
  EXPECT_EQ(body_of(client().send(get("/quick")).answer()), "GET /quick ");
  EXPECT_TRUE(becomes_true([this] { return server_->stats().open_connections == 0; }));
  EXPECT_EQ(server_->stats().requests_in_flight, 0u);
  EXPECT_LT(slow.until_end().size(), 32u << 20);
}

TEST_F(HttpServerTest, a_large_answer_reaches_a_client_that_reads_on) {
  start();
  Client client = this->client();
  client.send(get("/large") + get("/after"));
  EXPECT_EQ(body_of(client.answer()).size(), 32u << 20);
  EXPECT_EQ(body_of(client.answer()), "GET /after ");
}

TEST_F(HttpServerTest, a_large_answer_from_another_thread_reaches_a_client_that_reads_on) {
  start();
  Client client = this->client();
  client.send(get("/later"));
  auto kept = take_kept();
  std::this_thread::sleep_for(milliseconds(20));
  kept.second.send(saying(std::string(32 << 20, 'x')));
  EXPECT_EQ(body_of(client.answer()).size(), 32u << 20);
  EXPECT_EQ(body_of(client.send(get("/after")).answer()), "GET /after ");
}

TEST_F(HttpServerTest, a_request_that_is_never_answered_ends_in_503) {
  HttpServerOptions options;
  options.answer_timeout = milliseconds(100);
  start(options);
  Client client = this->client();
  client.send(get("/later"));
  auto kept = take_kept();
  const std::string received = client.until_end();
  EXPECT_TRUE(contains(received, "HTTP/1.1 503 ")) << received;
  EXPECT_TRUE(contains(received, "Retry-After: ")) << received;
  EXPECT_TRUE(kept.second.peer_gone());
  kept.second.send(saying("too late"));
}

TEST_F(HttpServerTest, a_handler_that_throws_is_answered_500_without_its_text) {
  start();
  Client client = this->client();
  const std::string answer = client.send(get("/throw")).answer();
  EXPECT_TRUE(contains(answer, "HTTP/1.1 500 ")) << answer;
  EXPECT_TRUE(contains(answer, "refused: ")) << answer;
  EXPECT_FALSE(contains(answer, "secret"));
  EXPECT_EQ(body_of(client.send(get("/next")).answer()), "GET /next ");
}

TEST_F(HttpServerTest, a_responder_that_is_dropped_answers_500) {
  start();
  Client client = this->client();
  EXPECT_TRUE(contains(client.send(get("/drop")).answer(), "HTTP/1.1 500 "));
  client.send(get("/later"));
  { auto kept = take_kept(); }
  EXPECT_TRUE(contains(client.answer(), "HTTP/1.1 500 "));
}

TEST_F(HttpServerTest, only_the_first_answer_of_a_request_counts) {
  start();
  Client client = this->client();
  client.send(get("/later"));
  auto kept = take_kept();
  kept.second.send(saying("first"));
  kept.second.send(saying("second"));
  EXPECT_EQ(body_of(client.answer()), "first");
  EXPECT_EQ(body_of(client.send(get("/next")).answer()), "GET /next ");
}

TEST_F(HttpServerTest, an_answer_never_reaches_the_client_that_came_after_an_aborted_one) {
  start();
  std::deque<std::pair<HttpRequest, Responder>> late;
  for (int i = 0; i < 50; ++i) {
    Client leaving = client();
    leaving.send(get("/later"));
    late.push_back(take_kept());
    i % 2 == 0 ? leaving.reset() : leaving.close();
  }
  std::vector<Client> following;
  for (int i = 0; i < 50; ++i) following.push_back(client());
  for (auto& client : following) client.send(get("/later"));
  std::deque<std::pair<HttpRequest, Responder>> current;
  for (int i = 0; i < 50; ++i) current.push_back(take_kept());
  std::thread other([&] {
    for (auto& kept : late) kept.second.send(saying("for somebody else"));
    for (auto& kept : current) kept.second.send(saying("mine"));
  });
  for (auto& client : following) EXPECT_EQ(body_of(client.answer()), "mine");
  other.join();
  EXPECT_TRUE(becomes_true([this] { return server_->stats().open_connections == 50; }));
}

TEST_F(HttpServerTest, a_reset_is_noticed_while_the_request_is_in_flight) {
  start();
  Client client = this->client();
  client.send(get("/later"));
  auto kept = take_kept();
  EXPECT_FALSE(kept.second.peer_gone());
  client.reset();
  EXPECT_TRUE(becomes_true([&] { return kept.second.peer_gone(); }));
  EXPECT_TRUE(becomes_true([this] { return server_->stats().open_connections == 0; }));
}

TEST_F(HttpServerTest, a_client_that_only_ends_its_sending_side_gets_its_answer) {
  start();
  Client client = this->client();
  client.send(get("/later") + get("/second")).finish_sending();
  auto kept = take_kept();
  std::this_thread::sleep_for(milliseconds(30));
  EXPECT_FALSE(kept.second.peer_gone());
  kept.second.send(saying("still wanted"));
  const std::string received = client.until_end();
  EXPECT_TRUE(contains(received, "still wanted")) << received;
  EXPECT_TRUE(contains(received, "GET /second ")) << received;
  EXPECT_FALSE(contains(received, "still open"));
}

TEST_F(HttpServerTest, health_is_answered_while_a_hundred_answers_are_pending) {
  start();
  std::vector<Client> waiting;
  for (int i = 0; i < 100; ++i) {
    waiting.push_back(client());
    waiting.back().send(get("/later"));
  }
  ASSERT_TRUE(becomes_true([this] { return server_->stats().requests_in_flight == 100; }));
  EXPECT_EQ(body_of(client().send(get("/health")).answer()), "GET /health ");
  for (int i = 0; i < 100; ++i) take_kept().second.send(saying("answered"));
  for (auto& client : waiting) EXPECT_EQ(body_of(client.answer()), "answered");
}

TEST_F(HttpServerTest, one_connection_too_many_is_told_so) {
  HttpServerOptions options;
  options.max_connections = 2;
  start(options);
  Client first = client();
  Client second = client();
  EXPECT_EQ(body_of(first.send(get("/1")).answer()), "GET /1 ");
  EXPECT_EQ(body_of(second.send(get("/2")).answer()), "GET /2 ");
  const std::string received = client().send(get("/3")).finish_sending().until_end();
  EXPECT_TRUE(contains(received, "HTTP/1.1 503 ")) << received;
  EXPECT_TRUE(contains(received, "Retry-After: ")) << received;
  first.close();
  ASSERT_TRUE(becomes_true([this] { return server_->stats().open_connections == 1; }));
  EXPECT_EQ(body_of(client().send(get("/4")).answer()), "GET /4 ");
}

TEST_F(HttpServerTest, a_drain_waits_for_what_is_in_flight_and_refuses_the_rest) {
  start();
  Client waiting = client();
  Client kept_alive = client();
  kept_alive.send(get("/")).answer();
  waiting.send(get("/later"));
  auto kept = take_kept();
  server_->drain(milliseconds(50));
  EXPECT_EQ(server_->stats().requests_in_flight, 1u);
  const std::string received = kept_alive.send(get("/new")).until_end();
  EXPECT_TRUE(contains(received, "HTTP/1.1 503 ")) << received;
  EXPECT_TRUE(contains(received, "Retry-After: ")) << received;
  std::thread answering([&] {
    std::this_thread::sleep_for(milliseconds(50));
    kept.second.send(saying("last"));
  });
  server_->drain(milliseconds(5000));
  EXPECT_EQ(server_->stats().requests_in_flight, 0u);
  answering.join();
  EXPECT_TRUE(contains(waiting.until_end(), "last"));
}

TEST_F(HttpServerTest, stopping_ends_connections_and_makes_late_answers_harmless) {
  start();
  Client waiting = client();
  waiting.send(get("/later"));
  auto kept = take_kept();
  const std::uint16_t port = server_->port();
  server_->stop();
  EXPECT_EQ(waiting.until_end(), "");
  EXPECT_FALSE(Client(port).connected());
  kept.second.send(saying("nobody there"));
  EXPECT_TRUE(kept.second.peer_gone());
  server_->stop();
}

TEST_F(HttpServerTest, a_stopped_server_leaves_its_port_to_the_next) {
  start();
  HttpServerOptions options;
  options.port = server_->port();
  client().send(get("/")).answer();
  server_->stop();
  start(options);
  EXPECT_EQ(body_of(client().send(get("/again")).answer()), "GET /again ");
}

TEST_F(HttpServerTest, a_port_that_is_taken_is_reported_in_words) {
  start();
  HttpServerOptions options;
  options.port = server_->port();
  HttpServer second(
      options, [](HttpRequest&&, Responder&&) {}, [](int, std::string_view) { return HttpResponse(); });
  try {
    second.start();
    FAIL() << "two servers on one port";
  } catch (const std::runtime_error& error) {
    EXPECT_TRUE(contains(error.what(), "cannot listen on 127.0.0.1 port " + std::to_string(options.port)))
        << error.what();
    EXPECT_TRUE(contains(error.what(), "in use")) << error.what();
  }
}

TEST_F(HttpServerTest, both_io_threads_have_work) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  HttpServer server(
      {},
      [&](HttpRequest&&, Responder&& responder) {
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
        responder.send({});
      },
      [](int, std::string_view) { return HttpResponse(); });
  server.start();
  // Connections are spread by descriptor number, of which this process takes every other one for its clients.
  std::vector<Client> clients;
  for (int i = 0; i < 20; ++i) {
    if (i == 10) clients.emplace_back(std::uint16_t{0});
    clients.emplace_back(server.port());
    clients.back().send(get("/")).answer();
  }
  const std::lock_guard lock(mutex);
  EXPECT_EQ(threads.size(), 2u);
}

}  // namespace
}  // namespace calmux
