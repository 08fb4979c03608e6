#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace calmux {

/// Decodes one chunked body (RFC 9112 section 7.1) that arrives in pieces of any size. Extensions and trailer fields
/// are read past and forgotten. Every line must end in CR LF: a decoder that accepts less is how requests get smuggled.
class ChunkDecoder {
 public:
  enum class State { reading, complete, malformed, too_large, trailer_too_large };

  /// `max_body` bounds the decoded octets; `max_overhead` bounds all extensions and trailers together.
  ChunkDecoder(std::size_t max_body, std::size_t max_overhead) : max_body_(max_body), max_overhead_(max_overhead) {}

  /// Appends what it decodes to `body`. Returns how many octets it used: all, unless the body ended or was found bad
  /// there.
  std::size_t feed(std::string_view octets, std::string& body);

  State state() const { return state_; }

 private:
  enum class Expects {
    size,
    extension,
    size_end,
    data,
    data_cr,
    data_lf,
    trailer_begin,
    trailer,
    trailer_end,
    last_lf
  };

  void take(char c);
  void take_size(char c);
  void take_extension(char c);
  void take_trailer(char c);
  void require(bool as_expected, Expects next);
  void count_overhead();

  std::size_t max_body_;
  std::size_t max_overhead_;
  std::size_t decoded_ = 0;
  std::size_t overhead_ = 0;
  std::size_t chunk_left_ = 0;
  int size_digits_ = 0;
  Expects expects_ = Expects::size;
  State state_ = State::reading;
};

}  // namespace calmux
