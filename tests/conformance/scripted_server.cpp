#include "tests/conformance/scripted_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <sstream>

namespace calmux::test {
namespace {

bool same_name(std::string_view left, std::string_view right) {
  return left.size() == right.size() && ::strncasecmp(left.data(), right.data(), left.size()) == 0;
}

std::optional<std::string> header(const std::string& head, std::string_view name) {
  std::istringstream lines(head);
  for (std::string line; std::getline(lines, line);) {
    if (const auto colon = line.find(": ");
        colon != std::string::npos && same_name(std::string_view(line).substr(0, colon), name)) {
      return line.substr(colon + 2, line.find('\r') - colon - 2);
    }
  }
  return std::nullopt;
}

bool starts(std::string_view line, std::string_view sign) {
  return line.substr(0, sign.size()) == sign;
}

}  // namespace

ScriptedServer::ScriptedServer(std::string_view scenario) {
  read_scenario(scenario);
  listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(listener_, 16), 0);
  EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ::ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() {
  finish();
}

void ScriptedServer::finish() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  thread_.join();
  ::close(listener_);
  if (next_ < exchanges_.size())
    ADD_FAILURE() << "the scenario was not reached from here on:\n" << exchanges_[next_].text;
}

std::string ScriptedServer::origin(const std::string& host) const {
  return "http://" + host + ":" + std::to_string(port_);
}

void ScriptedServer::read_scenario(std::string_view scenario) {
  std::istringstream lines{std::string(scenario)};
  bool answering = true;
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find_first_not_of(' ');
    if (first == std::string::npos) continue;
    line.erase(0, first);
    if (starts(line, "> ")) {
      if (answering) exchanges_.emplace_back();
      answering = false;
      exchanges_.back().wanted.push_back(line.substr(2));
    } else {
      answering = true;
      Exchange& exchange = exchanges_.back();
      if (starts(line, "< ")) exchange.head.push_back(line.substr(2));
      if (starts(line, "|")) exchange.body += line.substr(1) + "\n";
      if (starts(line, "= close")) exchange.close = true;
      if (starts(line, "= wait ")) exchange.wait_ms = std::stoi(line.substr(7));
      if (starts(line, "= big ")) exchange.body.append(static_cast<std::size_t>(std::stol(line.substr(6))), 'x');
    }
    exchanges_.back().text += line + "\n";
  }
}

void ScriptedServer::serve() {
  while (!stopping_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, 20) <= 0) continue;
    const int connection = ::accept(listener_, nullptr, nullptr);
    if (connection < 0) continue;
    std::string received;
    while (serve_one(connection, received)) continue;
    ::close(connection);
  }
}

// False where the connection is over.
bool ScriptedServer::serve_one(int connection, std::string& received) {
  std::size_t end = std::string::npos;
  std::size_t length = 0;
  while (true) {
    if (end == std::string::npos) {
      end = received.find("\r\n\r\n");
      if (end != std::string::npos)
        length = std::stoul(header(received.substr(0, end + 2), "Content-Length").value_or("0"));
    }
    if (end != std::string::npos && received.size() >= end + 4 + length) break;
    if (stopping_) return false;
    // A new connection while this one idles: the client has left it, or has several.
    pollfd waiting[2] = {{connection, POLLIN, 0}, {listener_, POLLIN, 0}};
    if (::poll(waiting, 2, 20) <= 0) continue;
    if (waiting[0].revents == 0) return false;
    char buffer[65536];
    const ssize_t size = ::recv(connection, buffer, sizeof buffer, 0);
    if (size <= 0) return false;
    received.append(buffer, static_cast<std::size_t>(size));
  }
  const std::string head = received.substr(0, end + 2);
  const std::string body = received.substr(end + 4, length);
  received.erase(0, end + 4 + length);
  const std::size_t now = next_++;
  if (now >= exchanges_.size()) {
    ADD_FAILURE() << "a request beyond the end of the scenario:\n" << head << body;
    return false;
  }
  const Exchange& exchange = exchanges_[now];
  compare(exchange, head, body);
  for (int waited = 0; waited < exchange.wait_ms && !stopping_; waited += 10)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  if (exchange.head.empty()) return false;
  std::string answer;
  bool has_length = false;
  for (const std::string& line : exchange.head) {
    answer += line + "\r\n";
    has_length = has_length || starts(line, "Content-Length:");
  }
  if (!has_length) answer += "Content-Length: " + std::to_string(exchange.body.size()) + "\r\n";
  answer += "\r\n" + exchange.body;
  for (std::size_t sent = 0; sent < answer.size();) {
    const ssize_t size = ::send(connection, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
    if (size <= 0) return false;  // a client that had enough
    sent += static_cast<std::size_t>(size);
  }
  return !exchange.close;
}

void ScriptedServer::compare(const Exchange& exchange, const std::string& head, const std::string& body) const {
  for (const std::string& wanted : exchange.wanted) {
    if (&wanted == &exchange.wanted.front()) {
      EXPECT_EQ(head.substr(0, head.find(" HTTP/")), wanted);
    } else if (starts(wanted, "!")) {
      EXPECT_FALSE(header(head, wanted.substr(1))) << "in\n" << head;
    } else if (starts(wanted, "~")) {
      EXPECT_NE(body.find(wanted.substr(1)), std::string::npos) << "no " << wanted << " in\n" << body;
    } else {
      const auto colon = wanted.find(": ");
      const auto value = header(head, wanted.substr(0, colon));
      EXPECT_EQ(value.value_or("(no such header)").substr(0, wanted.size() - colon - 2), wanted.substr(colon + 2))
          << "in\n"
          << head;
    }
  }
  EXPECT_FALSE(header(head, "Transfer-Encoding")) << head;
  EXPECT_FALSE(header(head, "Expect")) << head;
}

}  // namespace calmux::test
