#include "middleware/http_chunks.h"

#include <algorithm>

#include "middleware/http_text.h"

namespace calmux {
namespace {

constexpr int kMaxSizeDigits = 8;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

}  // namespace

std::size_t ChunkDecoder::feed(std::string_view octets, std::string& body) {
  std::size_t used = 0;
  while (used < octets.size() && state_ == State::reading) {
    if (expects_ == Expects::data) {
      const std::size_t length = std::min(chunk_left_, octets.size() - used);
      body.append(octets.substr(used, length));
      used += length;
      chunk_left_ -= length;
      if (chunk_left_ == 0) expects_ = Expects::data_cr;
    } else {
      take(octets[used++]);
    }
  }
  return used;
}

void ChunkDecoder::take(char c) {
  switch (expects_) {
  case Expects::size:
    return take_size(c);
  case Expects::extension:
    return take_extension(c);
  case Expects::size_end:
    return require(c == '\n', chunk_left_ > 0 ? Expects::data : Expects::trailer_begin);
  case Expects::data:
    return;
  case Expects::data_cr:
    return require(c == '\r', Expects::data_lf);
  case Expects::data_lf:
    size_digits_ = 0;
    return require(c == '\n', Expects::size);
  case Expects::trailer_begin:
    if (c == '\r') return require(true, Expects::last_lf);
    // A trailer field begins with its name; a blank would continue the line before (obs-fold).
    return is_http_token({&c, 1}) ? take_trailer(c) : require(false, Expects::trailer);
  case Expects::trailer:
    return take_trailer(c);
  case Expects::trailer_end:
    return require(c == '\n', Expects::trailer_begin);
  case Expects::last_lf:
    state_ = c == '\n' ? State::complete : State::malformed;
    return;
  }
}

void ChunkDecoder::take_size(char c) {
  const int digit = hex_value(c);
  if (digit >= 0 && size_digits_ < kMaxSizeDigits) {
    ++size_digits_;
    chunk_left_ = chunk_left_ * 16 + static_cast<std::size_t>(digit);
    return;
  }
  if (size_digits_ == 0 || (c != ';' && c != '\r')) {
    state_ = digit >= 0 && size_digits_ > 0 ? State::too_large : State::malformed;
    return;
  }
  if (chunk_left_ > max_body_ - decoded_) {
    state_ = State::too_large;
    return;
  }
  decoded_ += chunk_left_;
  expects_ = c == ';' ? Expects::extension : Expects::size_end;
}

void ChunkDecoder::take_extension(char c) {
  if (c == '\r') {
    expects_ = Expects::size_end;
  } else if (is_control(c)) {
    state_ = State::malformed;
  } else {
    count_overhead();
  }
}

void ChunkDecoder::take_trailer(char c) {
  if (c == '\r') {
    expects_ = Expects::trailer_end;
  } else if (is_control(c)) {
    state_ = State::malformed;
  } else {
    expects_ = Expects::trailer;
    count_overhead();
  }
}

void ChunkDecoder::require(bool as_expected, Expects next) {
  expects_ = next;
  if (!as_expected) state_ = State::malformed;
}

void ChunkDecoder::count_overhead() {
  if (++overhead_ > max_overhead_) state_ = State::trailer_too_large;
}

}  // namespace calmux
