#include "connectors/http_client.h"

#include <curl/curl.h>
#include <gtest/gtest.h>

#include <map>

namespace calmux {
namespace {

using std::chrono::seconds;

TEST(ClassifyCurl, no_connection_is_unavailable) {
  for (const int code :
       {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR,
        CURLE_PARTIAL_FILE, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE}) {
    EXPECT_EQ(classify_curl(code), ErrorKind::unavailable) << code;
  }
}

TEST(ClassifyCurl, every_code_has_its_kind) {
  const std::map<int, ErrorKind> kinds = {
      {CURLE_OPERATION_TIMEDOUT, ErrorKind::timed_out},   {CURLE_URL_MALFORMAT, ErrorKind::malformed},
      {CURLE_UNSUPPORTED_PROTOCOL, ErrorKind::malformed}, {CURLE_FILESIZE_EXCEEDED, ErrorKind::too_large},
      {CURLE_LOGIN_DENIED, ErrorKind::unauthorized},      {CURLE_AUTH_ERROR, ErrorKind::unauthorized},
      {CURLE_WEIRD_SERVER_REPLY, ErrorKind::protocol},    {CURLE_BAD_CONTENT_ENCODING, ErrorKind::protocol},
      {CURLE_OUT_OF_MEMORY, ErrorKind::internal},         {CURLE_BAD_FUNCTION_ARGUMENT, ErrorKind::internal},
      {CURLE_WRITE_ERROR, ErrorKind::internal},           {CURLE_FTP_ACCEPT_FAILED, ErrorKind::internal}};
  for (const auto& [code, kind] : kinds) EXPECT_EQ(classify_curl(code), kind) << code;
  for (int code = -1; code <= CURL_LAST + 1; ++code) {
    const ErrorKind kind = classify_curl(code);
    EXPECT_TRUE(kind == ErrorKind::unavailable || kind == ErrorKind::timed_out || kind == ErrorKind::malformed ||
                kind == ErrorKind::too_large || kind == ErrorKind::unauthorized || kind == ErrorKind::protocol ||
                kind == ErrorKind::internal)
        << code;
  }
}

TEST(ClassifyHttpStatus, by_table) {
  const std::map<int, ErrorKind> kinds = {{100, ErrorKind::protocol},     {200, ErrorKind::protocol},
                                          {207, ErrorKind::protocol},     {301, ErrorKind::protocol},
                                          {304, ErrorKind::protocol},     {400, ErrorKind::refused},
                                          {401, ErrorKind::unauthorized}, {402, ErrorKind::refused},
                                          {403, ErrorKind::refused},      {404, ErrorKind::not_found},
                                          {405, ErrorKind::refused},      {407, ErrorKind::unauthorized},
                                          {408, ErrorKind::timed_out},    {409, ErrorKind::refused},
                                          {410, ErrorKind::not_found},    {412, ErrorKind::precondition_failed},
                                          {413, ErrorKind::too_large},    {415, ErrorKind::refused},
                                          {422, ErrorKind::refused},      {423, ErrorKind::peer_failed},
                                          {429, ErrorKind::rate_limited}, {499, ErrorKind::refused},
                                          {500, ErrorKind::peer_failed},  {501, ErrorKind::refused},
                                          {502, ErrorKind::unavailable},  {503, ErrorKind::unavailable},
                                          {504, ErrorKind::timed_out},    {507, ErrorKind::peer_failed},
                                          {599, ErrorKind::peer_failed},  {600, ErrorKind::protocol},
                                          {0, ErrorKind::protocol}};
  for (const auto& [status, kind] : kinds) EXPECT_EQ(classify_http_status(status, "PUT"), kind) << status;
  EXPECT_EQ(classify_http_status(405, "MKCALENDAR"), ErrorKind::precondition_failed);
}

TEST(RetryAfter, seconds_and_dates) {
  const std::chrono::sys_seconds now = std::chrono::sys_days{std::chrono::year{2026} / 3 / 4} + seconds{3600};
  EXPECT_EQ(parse_retry_after("0", now), seconds{0});
  EXPECT_EQ(parse_retry_after("120", now), seconds{120});
  EXPECT_EQ(parse_retry_after("99999999999999999999999", now), std::chrono::days{1});
  EXPECT_EQ(parse_retry_after("Wed, 04 Mar 2026 01:02:00 GMT", now), seconds{120});
  EXPECT_EQ(parse_retry_after("Wed, 04 Mar 2026 00:00:00 GMT", now), seconds{0});
  EXPECT_EQ(parse_retry_after("Sun, 04 Mar 2040 00:00:00 GMT", now), std::chrono::days{1});
}

TEST(RetryAfter, rejects) {
  for (const char* text : {"", "-5", "5 s", "soon", "1.5", "Wed, 31 Feb 2026 01:02:00 GMT",
                           "Wed, 04 Foo 2026 01:02:00 GMT", "Wed, 04 Mar 2026 01:02:00 CET", "2026-03-04T01:02:00Z"}) {
    EXPECT_EQ(parse_retry_after(text, {}), std::nullopt) << text;
  }
}

TEST(Url, parts) {
  const auto url = parse_url("HTTPS://Cal.Example.org/a%20b/?x=1#y");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "cal.example.org");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->path, "/a%20b/");
  EXPECT_EQ(url->query, "x=1");
  EXPECT_FALSE(url->has_user_info);
  EXPECT_EQ(url->origin(), "https://cal.example.org");
  EXPECT_EQ(parse_url("http://[::1]:8008")->origin(), "http://[::1]:8008");
  EXPECT_EQ(parse_url("http://[::1]:8008")->path, "/");
  EXPECT_TRUE(parse_url("https://alice:secret@example.org/")->has_user_info);
}

TEST(Url, rejects) {
  for (const char* text : {"", "/path", "example.org", "file:///etc/passwd", "ftp://example.org/", "http://",
                           "http://a b/", "http://a/\r\nX: y"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
}

TEST(Url, resolves_references) {
  const std::string base = "https://a.example/dav/me/";
  EXPECT_EQ(resolve_url(base, "/cal/"), "https://a.example/cal/");
  EXPECT_EQ(resolve_url(base, "cal/"), "https://a.example/dav/me/cal/");
  EXPECT_EQ(resolve_url(base, "https://b.example:443/x"), "https://b.example:443/x");
  EXPECT_EQ(resolve_url(base, "//c.example/x"), "https://c.example/x");
  EXPECT_EQ(resolve_url(base, "file:///etc/passwd"), std::nullopt);
  EXPECT_EQ(resolve_url("nonsense", "/cal/"), std::nullopt);
}

TEST(Url, hosts_match_exactly_or_below_a_domain) {
  EXPECT_TRUE(host_matches("Cal.example.org", {"cal.example.org"}));
  EXPECT_TRUE(host_matches("p12-caldav.icloud.com", {"other", ".icloud.com"}));
  EXPECT_FALSE(host_matches("icloud.com", {".icloud.com"}));
  EXPECT_FALSE(host_matches("evilicloud.com", {".icloud.com"}));
  EXPECT_FALSE(host_matches("icloud.com.evil.example", {".icloud.com", "icloud.com"}));
  EXPECT_FALSE(host_matches("a", {}));
}

TEST(HttpClient, refuses_what_is_no_request) {
  HttpClient client(HttpOptions{});
  EXPECT_EQ(client.send({"GET", "file:///etc/passwd"}).error().kind, ErrorKind::malformed);
  const auto with_secret = client.send({"GET", "http://alice:secret@127.0.0.1:1/"});
  EXPECT_EQ(with_secret.error().kind, ErrorKind::malformed);
  EXPECT_EQ(with_secret.error().message.find("secret"), std::string::npos);
  EXPECT_EQ(client.send({"GET", "http://127.0.0.1:1/", {{"If-Match", "\"x\"\r\nEvil: y"}}}).error().kind,
            ErrorKind::internal);
}

TEST(HttpClient, closed_port_is_unavailable_and_past_deadline_timed_out) {
  HttpClient client(HttpOptions{});
  const auto closed = client.send({"GET", "http://127.0.0.1:1/private/path"});
  EXPECT_EQ(closed.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(closed.error().message.find("private"), std::string::npos) << closed.error().message;
  HttpRequest late{"GET", "http://127.0.0.1:1/"};
  late.deadline = std::chrono::steady_clock::now() - seconds{1};
  EXPECT_EQ(client.send(late).error().kind, ErrorKind::timed_out);
}

}  // namespace
}  // namespace calmux
