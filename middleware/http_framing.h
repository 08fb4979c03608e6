#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "middleware/http_chunks.h"
#include "middleware/http_message.h"

namespace calmux {

/// All in octets.
struct HttpBounds {
  std::size_t max_header_bytes = 16 * 1024;  ///< request line and header section
  std::size_t max_target_bytes = 8 * 1024;
  std::size_t max_body_bytes = 1 << 20;  ///< decoded
};

/// Why a request is not taken. What follows it on its connection must never be read as a request.
struct HttpFramingError {
  int status = 400;
  std::string_view reason;  ///< a sentence, static
};

/// Finds the requests in the octets of one connection (RFC 9112), stricter than the RFC asks where implementations are
/// known to disagree: every line ends in CR LF, exactly one Host and at most one Content-Length, never together with
/// Transfer-Encoding, no line folding, no blank before a colon. It costs time linear in the octets, whatever their
/// pieces.
class HttpFraming {
 public:
  enum class State { idle, header, body, complete, refused };

  explicit HttpFraming(HttpBounds bounds) : bounds_(bounds) {}

  /// Reads on, up to the end of the request at most. Returns how many octets it used.
  std::size_t feed(std::string_view octets);

  State state() const { return state_; }

  /// True once for each request that waits for `100 Continue` before it sends its body (RFC 9110 section 10.1.1).
  bool take_expects_continue();

  /// Whether the connection may be used again after the answer to the complete request (RFC 9112 section 9.3).
  bool keep_alive() const { return keep_alive_; }

  const HttpFramingError& error() const { return error_; }

  /// Hands over the complete request and begins with the next one.
  HttpRequest take();

 private:
  std::size_t feed_header(std::string_view octets);
  std::size_t feed_body(std::string_view octets);
  void read_header();
  bool read_request_line(std::string_view line);
  bool read_field(std::string_view line);
  bool note_field(std::string_view name, std::string_view value);
  bool note_content_length(std::string_view value);
  bool note_transfer_encoding(std::string_view value);
  void note_connection(std::string_view value);
  void begin_body();
  bool refuse(int status, std::string_view reason);

  HttpBounds bounds_;
  State state_ = State::idle;
  HttpFramingError error_;
  std::string header_;  ///< what has arrived of the request line and header section
  std::size_t line_begin_ = 0;
  bool first_line_ended_ = false;
  bool minor_version_is_0_ = false;
  bool keep_alive_ = true;
  bool asks_close_ = false;
  bool asks_keep_alive_ = false;
  bool expects_continue_ = false;
  bool chunked_ = false;
  int hosts_ = 0;
  std::optional<std::uint64_t> content_length_;
  std::size_t body_left_ = 0;
  std::optional<ChunkDecoder> chunks_;
  HttpRequest request_;
};

}  // namespace calmux
