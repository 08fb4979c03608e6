#include "middleware/http_framing.h"

#include <gtest/gtest.h>
#include <http_parser.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace calmux {
namespace {

constexpr std::string_view kPost = "POST /api/x?a=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

std::string with_lines(std::string_view lines, std::string_view body = {}) {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + std::string(lines) + "\r\n" + std::string(body);
}

std::string chunked(std::string_view body) {
  return with_lines("Transfer-Encoding: chunked\r\n", body);
}

struct Framed {
  std::vector<HttpRequest> requests;
  int refused = 0;  ///< the status, or 0
  bool unfinished = false;
  std::size_t used = 0;
};

/// Frames the octets in pieces of the given length at most, as they might come out of a socket.
Framed frame(std::string_view octets, std::size_t piece = std::string_view::npos, HttpBounds bounds = {}) {
  HttpFraming framing(bounds);
  Framed framed;
  while (framed.used < octets.size() && framed.refused == 0) {
    const std::size_t used = framing.feed(octets.substr(framed.used, piece));
    framed.used += used;
    if (framing.state() == HttpFraming::State::complete) framed.requests.push_back(framing.take());
    if (framing.state() == HttpFraming::State::refused) framed.refused = framing.error().status;
  }
  framed.unfinished = framing.state() == HttpFraming::State::header || framing.state() == HttpFraming::State::body;
  return framed;
}

/// The status that a request is refused with; 0 if it is taken, -1 if more octets are waited for.
int status_of(std::string_view octets, HttpBounds bounds = {}) {
  const Framed framed = frame(octets, std::string_view::npos, bounds);
  if (framed.refused != 0) return framed.refused;
  return framed.unfinished || framed.requests.empty() ? -1 : 0;
}

TEST(HttpFraming, a_request_is_taken_apart) {
  const Framed framed = frame(
      "POST /api/caf%C3%A9/a+b?name=x+y%26z&flag&name=second HTTP/1.1\r\nHost: example.org:8080\r\n"
      "X-API-Key: \t secret \r\nContent-Length: 5\r\n\r\nhello");
  ASSERT_EQ(framed.requests.size(), 1u);
  const HttpRequest& request = framed.requests[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/api/caf\xC3\xA9/a+b");
  EXPECT_EQ(request.target, "/api/caf%C3%A9/a+b?name=x+y%26z&flag&name=second");
  EXPECT_EQ(request.query, (std::map<std::string, std::string>{{"name", "x y&z"}, {"flag", ""}}));
  EXPECT_EQ(request.header("x-api-KEY"), "secret");
  EXPECT_EQ(request.header("X-API"), std::nullopt);
  EXPECT_EQ(request.body, "hello");
}

TEST(HttpFraming, well_formed_requests_are_taken) {
  const std::vector<std::string> requests{
      std::string(kPost),
      std::string(kGet),
      "\r\n" + std::string(kGet),
      "GET / HTTP/1.0\r\n\r\n",
      "GET / HTTP/1.1\r\nHost:\r\n\r\n",
      "GET / HTTP/1.1\r\nhost: [::1]:5000\r\n\r\n",
      "GET http://example.org HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET HTTPS://example.org/a?b HTTP/1.1\r\nHost: h\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
      "PROPFIND /a HTTP/1.1\r\nHost: h\r\nDepth: 1\r\n\r\n",
      with_lines("Content-Length: 0\r\n"),
      with_lines("Content-Length: 0005\r\n", "hello"),
      with_lines("X-Empty:\r\nX-Latin: \xE9\r\nX-Tab: a\tb\r\n"),
      with_lines("Accept: foo\r\nCookie: bad\r\nContent-Type: strange\r\nCache-Control: =\r\n"),
      with_lines("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"),
      with_lines("Transfer-Encoding: ChUnKeD\r\n", "0\r\n\r\n"),
      chunked("5\r\nhello\r\n0\r\n\r\n"),
      chunked("00000005\r\nhello\r\n000\r\n\r\n"),
      chunked("5;name=value;other=\"quoted; text\"\r\nhello\r\n0;last\r\n\r\n"),
      chunked("5\r\nhello\r\n0\r\nX-Trailer: a\r\nContent-Length: 3\r\n\r\n"),
  };
  for (const auto& request : requests) EXPECT_EQ(status_of(request), 0) << request;
}

TEST(HttpFraming, what_is_not_a_request_is_refused) {
  struct Row {
    int status;
    std::string octets;
  };
  using namespace std::string_literals;
  const std::vector<Row> rows{
      // request line
      {400, "GET / HTTP/1.1\n"},
      {400, "GET / HTTP/1.1\rHost: h\r\n\r\n"},
      {400, "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, " GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"},
      {400, "GET / / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET /\r\nHost: h\r\n\r\n"},
      {400, "GET\r\nHost: h\r\n\r\n"},
      {400, "G(T / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET / http/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET / HTTP/11\r\nHost: h\r\n\r\n"},
      {400, "GET / HTTP/1.\r\nHost: h\r\n\r\n"},
      {400, "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "\n"},
      {400, "\x16\x03\x01\x02\x05\x01\x05"},
      {505, "GET / HTTP/2.0\r\nHost: h\r\n\r\n"},
      {505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {505, "GET / HTTP/0.9\r\n\r\n"},
      {505, "GET / HTTP/1.2\r\nHost: h\r\n\r\n"},
      {501, "CONNECT example.org:443 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {501, std::string(40, 'A') + " / HTTP/1.1\r\nHost: h\r\n\r\n"},
      // target
      {400, "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET /%2 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET /a% HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET /a%00b HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET /?a=%00 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET /?%=1 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET /caf\xC3\xA9 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET a HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET * HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET http:///a HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET http:// HTTP/1.1\r\nHost: h\r\n\r\n"},
      // fields
      {400, "GET / HTTP/1.1\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
      {400, "GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\n Host: h\r\n\r\n"},
      {400, with_lines("X-Folded: a\r\n b\r\n")},
      {400, with_lines("X-Folded: a\r\n\tb\r\n")},
      {400, with_lines("X-Blank : a\r\n")},
      {400, with_lines("X Y: a\r\n")},
      {400, with_lines(": a\r\n")},
      {400, with_lines("no colon\r\n")},
      {400, with_lines("X-Nul: a\0b\r\n"s)},
      {400, with_lines("X-Cr: a\rb\r\n")},
      {400, with_lines("X-Lf: a\nb: c\r\n")},
      {400, with_lines("X-Bell: \a\r\n")},
      {400, with_lines("X-Del: \x7f\r\n")},
      {417, with_lines("Expect: a-pony\r\n")},
      // length
      {400, with_lines("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")},
      {400, with_lines("Content-Length: 5\r\ncontent-length: 6\r\n", "hello")},
      {400, with_lines("Content-Length: 5, 5\r\n", "hello")},
      {400, with_lines("Content-Length: +5\r\n", "hello")},
      {400, with_lines("Content-Length: -5\r\n", "hello")},
      {400, with_lines("Content-Length: 0x5\r\n", "hello")},
      {400, with_lines("Content-Length: 5 5\r\n", "hello")},
      {400, with_lines("Content-Length:\r\n")},
      {400, with_lines("Content-Length: five\r\n", "hello")},
      {413, with_lines("Content-Length: 1048577\r\n")},
      {413, with_lines("Content-Length: 99999999999999999999999\r\n")},
      {413, with_lines("Content-Length: 18446744073709551621\r\n", "hello")},
      {400, with_lines("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {400, with_lines("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
      {400, with_lines("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {400, with_lines("Transfer-Encoding: identity\r\n")},
      {400, with_lines("Transfer-Encoding: xchunked\r\n")},
      {400, with_lines("Transfer-Encoding: chunked, identity\r\n")},
      {400, with_lines("Transfer-Encoding: \"chunked\"\r\n")},
      {400, with_lines("Transfer-Encoding:\r\n")},
      {400, with_lines("Transfer-Encoding: \x0b chunked\r\n")},
      {501, with_lines("Transfer-Encoding: gzip, chunked\r\n")},
      {400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      // chunks
      {400, chunked("\r\n")},
      {400, chunked("x\r\n")},
      {400, chunked("-5\r\n")},
      {400, chunked("+5\r\n")},
      {400, chunked("0x5\r\n")},
      {400, chunked(" 5\r\n")},
      {400, chunked("5 \r\n")},
      {400, chunked("5\n")},
      {400, chunked("5;ext\n")},
      {400, chunked("5;ext\rx")},
      {400, chunked("5\r\nhelloX\r\n")},
      {400, chunked("5\r\nhello\n")},
      {400, chunked("5\r\nhello\rX")},
      {400, chunked("5\r\nhello\r\n\r\n")},
      {400, chunked("0\r\n\n")},
      {400, chunked("0\r\n folded\r\n\r\n")},
      {400, chunked("0\r\nTrailer: a\nb\r\n\r\n")},
      {413, chunked("FFFFFFFFF\r\n")},
      {413, chunked("FFFFFFFF\r\n")},
      {413, chunked("100001\r\n")},
  };
  for (const auto& row : rows) EXPECT_EQ(status_of(row.octets), row.status) << row.octets;
}

TEST(HttpFraming, bounds_are_exact) {
  HttpBounds bounds;
  bounds.max_header_bytes = 200;
  bounds.max_target_bytes = 50;
  bounds.max_body_bytes = 10;
  const auto header_of = [](std::size_t size) {
    const std::string fixed = "GET / HTTP/1.1\r\nHost: h\r\nX: \r\n\r\n";
    return "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(size - fixed.size(), 'a') + "\r\n\r\n";
  };
  EXPECT_EQ(status_of(header_of(200), bounds), 0);
  EXPECT_EQ(status_of(header_of(201), bounds), 431);
  EXPECT_EQ(status_of(header_of(100000), bounds), 431);
  const auto target_of = [](std::size_t size) {
    return "GET /" + std::string(size - 1, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n";
  };
  EXPECT_EQ(status_of(target_of(50), bounds), 0);
  EXPECT_EQ(status_of(target_of(51), bounds), 414);
  EXPECT_EQ(status_of(target_of(150), bounds), 414);
  EXPECT_EQ(status_of(target_of(100000), bounds), 414);
  EXPECT_EQ(status_of(with_lines("Content-Length: 10\r\n", "0123456789"), bounds), 0);
  EXPECT_EQ(status_of(with_lines("Content-Length: 11\r\n"), bounds), 413);
  EXPECT_EQ(status_of(chunked("5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n"), bounds), 0);
  EXPECT_EQ(status_of(chunked("5\r\n01234\r\n6\r\n"), bounds), 413);
  EXPECT_EQ(status_of(chunked("1;" + std::string(300, 'x')), bounds), 431);
  EXPECT_EQ(status_of(chunked("0\r\nX: " + std::string(300, 'x')), bounds), 431);
  std::string many = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 128; ++i) many += "X: a\r\n";
  EXPECT_EQ(status_of(many + "\r\n"), 431);
}

TEST(HttpFraming, an_oversize_body_is_refused_before_an_octet_of_it_is_used) {
  const std::string head = with_lines("Content-Length: 2000000\r\n");
  const Framed framed = frame(head + std::string(1000, 'x'));
  EXPECT_EQ(framed.refused, 413);
  EXPECT_EQ(framed.used, head.size());
}

TEST(HttpFraming, nothing_after_a_refused_request_is_taken) {
  const Framed framed = frame(with_lines("Content-Length: 5\r\nContent-Length: 6\r\n", "hello") + std::string(kGet));
  EXPECT_EQ(framed.refused, 400);
  EXPECT_TRUE(framed.requests.empty());
}

TEST(HttpFraming, every_split_gives_the_same_requests) {
  const std::string octets = std::string(kPost) + chunked("5;e=1\r\nhello\r\n3\r\nabc\r\n0\r\nT: v\r\n\r\n") + "\r\n" +
                             std::string(kGet) + with_lines("Content-Length: 3\r\nX: y\r\n", "\r\n\r");
  for (std::size_t first = 0; first <= octets.size(); ++first) {
    HttpFraming framing({});
    std::vector<std::string> bodies;
    const auto feed = [&](std::string_view piece) {
      while (!piece.empty()) {
        piece.remove_prefix(framing.feed(piece));
        ASSERT_NE(framing.state(), HttpFraming::State::refused) << first << framing.error().reason;
        if (framing.state() == HttpFraming::State::complete) bodies.push_back(framing.take().body);
      }
    };
    feed(std::string_view(octets).substr(0, first));
    feed(std::string_view(octets).substr(first));
    EXPECT_EQ(bodies, (std::vector<std::string>{"hello", "helloabc", "", "\r\n\r"})) << first;
  }
}

TEST(HttpFraming, single_octets_give_the_same_requests) {
  const Framed framed = frame(std::string(kPost) + chunked("2\r\nab\r\n1\r\nc\r\n0\r\n\r\n") + std::string(kGet), 1);
  ASSERT_EQ(framed.requests.size(), 3u);
  EXPECT_EQ(framed.requests[1].body, "abc");
}

TEST(HttpFraming, chunk_line_end_split_over_two_reads_is_decoded) {
  HttpFraming framing({});
  framing.feed(chunked("5\r\nhello\r"));
  EXPECT_EQ(framing.state(), HttpFraming::State::body);
  framing.feed("\n0\r");
  EXPECT_EQ(framing.state(), HttpFraming::State::body);
  framing.feed("\n\r");
  EXPECT_EQ(framing.state(), HttpFraming::State::body);
  framing.feed("\n");
  ASSERT_EQ(framing.state(), HttpFraming::State::complete);
  EXPECT_EQ(framing.take().body, "hello");
}

TEST(HttpFraming, pipelined_requests_come_one_at_a_time) {
  HttpFraming framing({});
  const std::string octets = std::string(kPost) + std::string(kGet);
  EXPECT_EQ(framing.feed(octets), kPost.size());
  ASSERT_EQ(framing.state(), HttpFraming::State::complete);
  EXPECT_EQ(framing.feed(kGet), 0u);
  framing.take();
  EXPECT_EQ(framing.state(), HttpFraming::State::idle);
  EXPECT_EQ(framing.feed(std::string_view(octets).substr(kPost.size())), kGet.size());
  EXPECT_EQ(framing.state(), HttpFraming::State::complete);
}

TEST(HttpFraming, a_connection_is_kept_as_the_versions_say) {
  const auto keeps = [](std::string_view octets) {
    HttpFraming framing({});
    framing.feed(octets);
    EXPECT_EQ(framing.state(), HttpFraming::State::complete) << octets;
    return framing.keep_alive();
  };
  EXPECT_TRUE(keeps(kGet));
  EXPECT_TRUE(keeps(with_lines("Connection: keep-alive\r\n")));
  EXPECT_FALSE(keeps(with_lines("Connection: close\r\n")));
  EXPECT_FALSE(keeps(with_lines("Connection: x, CLOSE ,y\r\n")));
  EXPECT_FALSE(keeps(with_lines("Connection: keep-alive\r\nConnection: close\r\n")));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST(HttpFraming, continue_is_asked_for_once_and_only_before_the_body) {
  const std::string head = with_lines("Expect: 100-Continue\r\nContent-Length: 5\r\n");
  HttpFraming framing({});
  framing.feed(head);
  EXPECT_TRUE(framing.take_expects_continue());
  EXPECT_FALSE(framing.take_expects_continue());
  HttpFraming with_body({});
  with_body.feed(head + "h");
  EXPECT_FALSE(with_body.take_expects_continue());
  HttpFraming without_body({});
  without_body.feed(with_lines("Expect: 100-continue\r\n"));
  EXPECT_FALSE(without_body.take_expects_continue());
}

/// What http_parser, an independent implementation, makes of the same octets: the bodies in order.
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

TEST(HttpFraming, whatever_is_taken_from_mutated_octets_is_what_http_parser_finds_too) {
  const std::string octets = std::string(kPost) +
                             chunked("5;e=1\r\nhello\r\n1f\r\n" + std::string(31, 'z') + "\r\n0\r\nT: v\r\n\r\n") +
                             std::string(kGet) + with_lines("Connection: keep-alive\r\nContent-Length: 3\r\n", "abc");
  const std::string_view alphabet = "\r\n :;0159afAZ,\t/%-xXcC\x7f";
  std::mt19937 random(20240229);
  const auto below = [&](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
  };
  for (int round = 0; round < 20000; ++round) {
    std::string mutated = octets;
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
      const std::size_t at = below(mutated.size());
      switch (below(4)) {
      case 0:
        mutated[at] = alphabet[below(alphabet.size())];
        break;
      case 1:
        mutated.erase(at, 1 + below(6));
        break;
      case 2:
        mutated.insert(at, 1, alphabet[below(alphabet.size())]);
        break;
      default:
        mutated.insert(below(mutated.size()), mutated.substr(at, below(40)));
        break;
      }
    }
    const Framed whole = frame(mutated);
    const Framed pieces = frame(mutated, 1 + below(7));
    ASSERT_EQ(whole.refused, pieces.refused) << mutated;
    ASSERT_EQ(whole.requests.size(), pieces.requests.size()) << mutated;
    const auto theirs = bodies_by_http_parser(mutated);
    // The other stops for methods it does not know, and at Connection: close; as far as both go they must agree.
    for (std::size_t i = 0; i < std::min(theirs.size(), whole.requests.size()); ++i)
      ASSERT_EQ(theirs[i], whole.requests[i].body) << mutated;
  }
}

}  // namespace
}  // namespace calmux
