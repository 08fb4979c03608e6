#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calmux {

class HttpConnection;

struct HttpHeader {
  std::string name;
  std::string value;
};

/// One complete request, already framed and within the bounds.
struct HttpRequest {
  std::string method;                        ///< as sent: case-sensitive (RFC 9110 section 9.1)
  std::string path;                          ///< percent-decoded, without the query; begins with '/', or is "*"
  std::string target;                        ///< as sent
  std::map<std::string, std::string> query;  ///< decoded, '+' being a blank; the first of several equal names
  std::vector<HttpHeader> headers;           ///< in order, without surrounding blanks
  std::string body;                          ///< transfer coding removed
  std::string peer;                          ///< the client's address and port

  /// The first header of that name in any letter case. Valid as long as the request is.
  std::optional<std::string_view> header(std::string_view name) const;
};

/// Content-Length, Connection and Date are added by the server; names or values with control characters are left out.
struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";  ///< none is sent when empty
  std::string body;
  std::vector<HttpHeader> headers;
  bool close = false;  ///< close the connection after this answer
};

/// The one right to answer one request. It owns a part of the connection's socket, so the answer can reach no other
/// client, whoever disconnects meanwhile. Any thread may hold it, one at a time.
class Responder {
 public:
  Responder() = default;
  Responder(std::shared_ptr<HttpConnection> connection, std::uint64_t exchange);
  Responder(Responder&& other) noexcept;
  Responder& operator=(Responder&& other) noexcept;
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;
  ~Responder();  ///< answers 500 if nothing was sent

  /// Sends the answer; never blocks on the client. The first call counts, later ones do nothing, and so does an answer
  /// that comes after the answer deadline or after the client has gone. Throws nothing but std::bad_alloc.
  void send(HttpResponse response);

  /// True once nobody can receive the answer any more, as far as is known.
  bool peer_gone() const;

 private:
  std::shared_ptr<HttpConnection> connection_;
  std::uint64_t exchange_ = 0;
};

/// Called on an I/O thread, so it must not block; it may keep the Responder and let any other thread answer.
/// What it throws is answered with 500.
using HttpHandler = std::function<void(HttpRequest&&, Responder&&)>;

/// Words the answer to what never reaches the handler: 400, 408, 413, 414, 417, 431, 500, 501, 503, 505. Called on any
/// thread.
using HttpRefusal = std::function<HttpResponse(int status, std::string_view reason)>;

}  // namespace calmux
