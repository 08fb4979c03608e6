#include "middleware/http_framing.h"

#include <algorithm>
#include <utility>

#include "middleware/http_target.h"
#include "middleware/http_text.h"

namespace calmux {
namespace {

constexpr std::size_t kMaxFields = 128;
constexpr std::size_t kMaxMethod = 32;
constexpr std::size_t kRequestLineRest = kMaxMethod + 12;  // the method, two blanks, "HTTP/1.1" and the line's end
constexpr std::size_t kBodyReserve = 64 * 1024;            // a client that only announces much gets no more than this

bool is_line_octet(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet >= 0x20 ? octet != 0x7f : c == '\t';
}

bool is_host(std::string_view value) {
  constexpr std::string_view kMarks = "-._~%!$&'()*+,;=:[]";
  return std::all_of(value.begin(), value.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::size_t HttpFraming::feed(std::string_view octets) {
  std::size_t used = 0;
  while (used < octets.size() && state_ != State::complete && state_ != State::refused) {
    const std::string_view rest = octets.substr(used);
    used += state_ == State::body ? feed_body(rest) : feed_header(rest);
  }
  return used;
}

std::size_t HttpFraming::feed_header(std::string_view octets) {
  state_ = State::header;
  const std::size_t before = header_.size();
  const std::size_t most = std::min(octets.size(), bounds_.max_header_bytes + 1 - before);
  char previous = before > 0 ? header_.back() : '\0';
  std::size_t used = 0;
  bool ended = false;
  while (used < most && !ended) {
    const char c = octets[used++];
    if (previous == '\r' ? c != '\n' : (c == '\n' || (c != '\r' && !is_line_octet(c)))) {
      refuse(400, "the request holds a control character, or a line that does not end in CR LF");
      return used;
    }
    if (c == '\n') {
      const std::size_t line_end = before + used;
      const bool empty = line_end - line_begin_ == 2;
      ended = empty && first_line_ended_;
      // One empty line before a request is forgiven (RFC 9112 section 2.2).
      if (empty && !first_line_ended_ && line_begin_ > 0) {
        refuse(400, "the request begins with empty lines");
        return used;
      }
      first_line_ended_ = !empty || first_line_ended_;
      line_begin_ = line_end;
    }
    previous = c;
    if (!first_line_ended_ && before + used > bounds_.max_target_bytes + kRequestLineRest) {
      refuse(414, "the request target is too long");
      return used;
    }
  }
  header_.append(octets.substr(0, used));
  if (ended) {
    read_header();
  } else if (header_.size() > bounds_.max_header_bytes) {
    refuse(431, "the header section is too large");
  }
  return used;
}

void HttpFraming::read_header() {
  std::string_view rest = header_;
  if (rest.size() > bounds_.max_header_bytes) {
    refuse(431, "the header section is too large");
    return;
  }
  const auto next_line = [&rest] {
    const std::string_view line = cut(rest, '\n');
    return line.substr(0, line.size() - 1);
  };
  std::string_view line = next_line();
  if (line.empty()) line = next_line();
  if (!read_request_line(line)) return;
  for (line = next_line(); !line.empty(); line = next_line()) {
    if (!read_field(line)) return;
  }
  begin_body();
}

bool HttpFraming::read_request_line(std::string_view line) {
  std::string_view rest = line;
  const std::string_view method = cut(rest, ' ');
  const std::string_view target = cut(rest, ' ');
  const std::string_view version = rest;
  if (!is_http_token(method) || target.empty() || version.size() != 8 || version.substr(0, 5) != "HTTP/")
    return refuse(400, "the request line is not 'method target HTTP/1.1'");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    const bool is_version =
        version[5] >= '0' && version[5] <= '9' && version[6] == '.' && version[7] >= '0' && version[7] <= '9';
    return is_version ? refuse(505, "only HTTP/1.1 and HTTP/1.0 are spoken here")
                      : refuse(400, "the request line is not 'method target HTTP/1.1'");
  }
  if (method.size() > kMaxMethod || method == "CONNECT") return refuse(501, "this method is not implemented");
  if (target.size() > bounds_.max_target_bytes) return refuse(414, "the request target is too long");
  auto read = read_http_target(method, target);
  if (!read) return refuse(400, read.error());
  minor_version_is_0_ = version == "HTTP/1.0";
  request_.method = method;
  request_.target = target;
  request_.path = std::move(read->path);
  request_.query = std::move(read->query);
  return true;
}

bool HttpFraming::read_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_http_token(line.substr(0, colon)))
    return refuse(400, "a header line is not 'name: value', or it is folded");
  if (request_.headers.size() >= kMaxFields) return refuse(431, "there are too many header fields");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim_blanks(line.substr(colon + 1));
  if (request_.headers.empty()) request_.headers.reserve(12);
  request_.headers.push_back({std::string(name), std::string(value)});
  return note_field(name, value);
}

bool HttpFraming::note_field(std::string_view name, std::string_view value) {
  if (equal_ignoring_case(name, "Host")) {
    if (++hosts_ > 1) return refuse(400, "there is more than one Host");
    return is_host(value) || refuse(400, "the Host is not a host and port");
  }
  if (equal_ignoring_case(name, "Content-Length")) return note_content_length(value);
  if (equal_ignoring_case(name, "Transfer-Encoding")) return note_transfer_encoding(value);
  if (equal_ignoring_case(name, "Connection")) note_connection(value);
  if (equal_ignoring_case(name, "Expect")) {
    if (!equal_ignoring_case(value, "100-continue")) return refuse(417, "this expectation cannot be met");
    expects_continue_ = true;
  }
  return true;
}

bool HttpFraming::note_content_length(std::string_view value) {
  constexpr std::size_t kMaxDigits = 18;
  const bool digits =
      !value.empty() && std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return refuse(400, "the Content-Length is not a number");
  if (content_length_) return refuse(400, "there is more than one Content-Length");
  if (value.size() > kMaxDigits) return refuse(413, "the body is too large");
  std::uint64_t length = 0;
  for (const char c : value) length = length * 10 + static_cast<std::uint64_t>(c - '0');
  content_length_ = length;
  return true;
}

bool HttpFraming::note_transfer_encoding(std::string_view value) {
  if (chunked_) return refuse(400, "there is more than one Transfer-Encoding");
  if (equal_ignoring_case(value, "chunked")) return chunked_ = true;
  const auto comma = value.rfind(',');
  const bool chunked_is_last =
      comma != std::string_view::npos && equal_ignoring_case(trim_blanks(value.substr(comma + 1)), "chunked");
  // The end of such a body could be found, but its codings are not known here (RFC 9112 section 6.1).
  return chunked_is_last ? refuse(501, "the only transfer coding here is chunked")
                         : refuse(400, "the Transfer-Encoding does not end in chunked");
}

void HttpFraming::note_connection(std::string_view value) {
  while (!value.empty()) {
    const std::string_view option = trim_blanks(cut(value, ','));
    if (equal_ignoring_case(option, "close")) asks_close_ = true;
    if (equal_ignoring_case(option, "keep-alive")) asks_keep_alive_ = true;
  }
}

void HttpFraming::begin_body() {
  if (hosts_ == 0 && !minor_version_is_0_) {
    refuse(400, "there is no Host");
    return;
  }
  if (chunked_ && (content_length_ || minor_version_is_0_)) {
    refuse(400, "Transfer-Encoding stands together with Content-Length or with HTTP/1.0");
    return;
  }
  if (content_length_.value_or(0) > bounds_.max_body_bytes) {
    refuse(413, "the body is too large");
    return;
  }
  keep_alive_ = !asks_close_ && (!minor_version_is_0_ || asks_keep_alive_);
  header_ = std::string();
  body_left_ = static_cast<std::size_t>(content_length_.value_or(0));
  if (chunked_) chunks_.emplace(bounds_.max_body_bytes, bounds_.max_header_bytes);
  const bool has_body = chunked_ || body_left_ > 0;
  expects_continue_ = expects_continue_ && has_body && !minor_version_is_0_;
  request_.body.reserve(std::min(body_left_, kBodyReserve));
  state_ = has_body ? State::body : State::complete;
}

std::size_t HttpFraming::feed_body(std::string_view octets) {
  expects_continue_ = false;
  if (!chunks_) {
    const std::size_t length = std::min(body_left_, octets.size());
    request_.body.append(octets.substr(0, length));
    body_left_ -= length;
    if (body_left_ == 0) state_ = State::complete;
    return length;
  }
  const std::size_t used = chunks_->feed(octets, request_.body);
  switch (chunks_->state()) {
  case ChunkDecoder::State::reading:
    break;
  case ChunkDecoder::State::complete:
    state_ = State::complete;
    break;
  case ChunkDecoder::State::malformed:
    refuse(400, "the chunked body is malformed");
    break;
  case ChunkDecoder::State::too_large:
    refuse(413, "the body is too large");
    break;
  case ChunkDecoder::State::trailer_too_large:
    refuse(431, "the chunk extensions or trailers are too large");
    break;
  }
  return used;
}

bool HttpFraming::take_expects_continue() {
  return std::exchange(expects_continue_, false);
}

bool HttpFraming::refuse(int status, std::string_view reason) {
  error_ = {status, reason};
  state_ = State::refused;
  keep_alive_ = false;
  header_ = std::string();
  request_ = {};
  return false;
}

HttpRequest HttpFraming::take() {
  HttpRequest request = std::move(request_);
  *this = HttpFraming(bounds_);
  return request;
}

}  // namespace calmux
