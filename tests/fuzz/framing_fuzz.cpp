#include <http_parser.h>

#include <algorithm>
#include <utility>

#include "middleware/http_framing.h"
#include "tests/fuzz/property.h"

namespace calmux::fuzz {
namespace {

struct Framed {
  std::string requests;  ///< all that is known of each, one after the other
  std::vector<std::string> bodies;
  int refused = 0;
  std::size_t used = 0;
  HttpFraming::State state = HttpFraming::State::idle;
};

void tell(const HttpRequest& request, bool keep_alive, std::string& out) {
  out += request.method + ' ' + request.target + ' ' + request.path + '\n';
  for (const auto& [name, value] : request.query) out += name + '=' + value + '\n';
  for (const auto& header : request.headers) out += header.name + ": " + header.value + '\n';
  out += std::to_string(keep_alive) + '\n' + request.body + '\n';
}

/// `length_of` says how long the next piece is, as octets might come out of a socket.
template <class LengthOf>
Framed frame(std::string_view octets, const HttpBounds& bounds, LengthOf length_of) {
  HttpFraming framing(bounds);
  Framed framed;
  while (framed.used < octets.size() && framed.refused == 0) {
    auto piece = octets.substr(framed.used, length_of());
    while (!piece.empty() && framed.refused == 0) {
      const std::size_t used = framing.feed(piece);
      framed.used += used;
      piece.remove_prefix(used);
      if (framing.state() == HttpFraming::State::complete) {
        const bool keep_alive = framing.keep_alive();
        const auto request = framing.take();
        require(request.body.size() <= bounds.max_body_bytes, "a body is bounded");
        tell(request, keep_alive, framed.requests);
        framed.bodies.push_back(request.body);
      } else if (framing.state() == HttpFraming::State::refused) {
        framed.refused = framing.error().status;
        require(framed.refused >= 400 && !framing.error().reason.empty(), "a refusal says why");
        require(!framing.keep_alive(), "nothing is read after a refusal");
      } else {
        require(piece.empty(), "what is not refused is used up");
      }
    }
  }
  framed.state = framing.state();
  return framed;
}

/// What another implementation makes of the same octets.
std::vector<std::string> bodies_by_http_parser(std::string_view octets) {
  struct Seen {
    std::vector<std::string> bodies;
    std::string body;
  } seen;
  http_parser_settings settings;
  http_parser_settings_init(&settings);
  settings.on_body = [](http_parser* parser, const char* at, std::size_t length) {
    static_cast<Seen*>(parser->data)->body.append(at, length);
    return 0;
  };
  settings.on_message_complete = [](http_parser* parser) {
    auto& now = *static_cast<Seen*>(parser->data);
    now.bodies.push_back(std::exchange(now.body, {}));
    parser->upgrade = 0;
    return 0;
  };
  http_parser parser;
  http_parser_init(&parser, HTTP_REQUEST);
  parser.data = &seen;
  http_parser_execute(&parser, &settings, octets.data(), octets.size());
  return seen.bodies;
}

}  // namespace
}  // namespace calmux::fuzz

// The first octet chooses bounds and pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace calmux;
  using namespace calmux::fuzz;
  if (size == 0) return 0;
  HttpBounds bounds;
  if ((data[0] & 1U) != 0) bounds = {.max_header_bytes = 120, .max_target_bytes = 30, .max_body_bytes = 20};
  const auto octets = text_of(data + 1, size - 1);
  const auto whole = frame(octets, bounds, [&] { return octets.size(); });
  std::uint32_t state = data[0];
  const auto random_length = [&state] {
    state = state * 1'103'515'245 + 12'345;
    return 1 + (state >> 16U) % 9;
  };
  for (const auto& pieces : {frame(octets, bounds, [] { return 1; }), frame(octets, bounds, random_length)}) {
    require(pieces.requests == whole.requests, "pieces give the same requests", octets);
    require(pieces.refused == whole.refused, "pieces are refused alike", octets);
    require(pieces.used == whole.used && pieces.state == whole.state, "pieces are read as far", octets);
  }
  const auto theirs = bodies_by_http_parser(octets);
  // The other stops for methods it does not know, and at Connection: close; as far as both go they must agree.
  for (std::size_t i = 0; i < std::min(theirs.size(), whole.bodies.size()); ++i)
    require(theirs[i] == whole.bodies[i], "another implementation finds the same bodies", octets);
  return 0;
}
