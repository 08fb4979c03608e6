#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace calmux::test {

/// A server that has one conversation, written down as lines:
///
///     > PUT /cal/x.ics          a request that must come now: method and path,
///     > If-None-Match: *        a header it must have,
///     > !Authorization          a header it must not have,
///     > ~SUMMARY:x              a text its body must hold
///     < HTTP/1.1 201 Created    the answer: status line and headers
///     < ETag: "1"
///     |<body/>                  lines of the answer's body; Content-Length is added where no header names it
///     = close                   the connection is closed (in place of an answer, or after it)
///     = wait 300                milliseconds, before what follows
///     = big 5000000             that many bytes of body
///
/// An answer is a `<` block after a `>` block. Requests may come over several connections, one after the other. What
/// differs from the scenario, or was not reached when finish() is called, is a failure of the test.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::string_view scenario);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  /// http://HOST:PORT of this server.
  std::string origin(const std::string& host = "127.0.0.1") const;

  /// Expects that the whole scenario was consumed. The destructor does it otherwise.
  void finish();

 private:
  struct Exchange {
    std::vector<std::string> wanted;
    std::vector<std::string> head;
    std::string body;
    bool close = false;
    int wait_ms = 0;
    std::string text;
  };

  void read_scenario(std::string_view scenario);
  void serve();
  bool serve_one(int connection, std::string& received);
  void compare(const Exchange& exchange, const std::string& head, const std::string& body) const;

  std::vector<Exchange> exchanges_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connection_ = -1;
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace calmux::test
