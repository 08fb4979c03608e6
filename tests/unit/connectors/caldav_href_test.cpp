#include <gtest/gtest.h>

#include "connectors/caldav/href.h"

namespace calmux::caldav {
namespace {

TEST(Href, one_form_for_all_spellings) {
  for (const char* href : {"/dav/a@b/%c5%91.ics", "/dav/a%40b/%C5%91.ics", "/dav/a@b/\xC5\x91.ics",
                           "http://x:1/dav/a@b/%c5%91.ics", "/dav//a@b/%C5%91.ics?q#f"}) {
    EXPECT_EQ(canonical_path(href), "/dav/a%40b/%C5%91.ics") << href;
  }
  EXPECT_EQ(canonical_path("/a/"), "/a/");
  EXPECT_EQ(canonical_path("/"), "/");
  EXPECT_EQ(canonical_path("/a%2Fb/100%/c%zz"), "/a%2Fb/100%25/c%25zz");
  EXPECT_EQ(canonical_path("http://x"), "/");
}

TEST(Href, rejects_what_is_no_path) {
  for (const char* href : {"", "x.ics", "ftp://x/a", "http%3A//127.0.0.1%3A49765/alice/"})
    EXPECT_EQ(canonical_path(href), "") << href;
}

TEST(Href, segments) {
  EXPECT_EQ(last_segment("/a/b%20c/"), "b c");
  EXPECT_EQ(last_segment("/a/b"), "b");
  EXPECT_EQ(last_segment("/"), "");
  EXPECT_EQ(parent_path("/a/b/"), "/a/");
  EXPECT_EQ(parent_path("/a/b.ics"), "/a/");
  EXPECT_EQ(parent_path("/a"), "/");
}

TEST(Href, decoding_takes_only_whole_escapes) {
  EXPECT_EQ(percent_decoded("%41%4a%4A"), "AJJ");
  EXPECT_EQ(percent_decoded("%"), "%");
  EXPECT_EQ(percent_decoded("%4"), "%4");
  EXPECT_EQ(percent_decoded("%4g%41"), "%4gA");
}

TEST(ResourceName, keeps_what_every_server_takes) {
  EXPECT_EQ(resource_name("0af3@calmux"), "0af3%40calmux.ics");
  EXPECT_EQ(resource_name("a b+\xC3\xA9"), "a%20b%2B%C3%A9.ics");
  EXPECT_EQ(resource_name(std::string(196, 'a')).size(), 200U);
}

TEST(ResourceName, hashes_what_some_server_refuses) {
  for (const std::string& uid :
       {std::string(), std::string("a/b"), std::string("."), std::string("..hidden"), std::string("~x"),
        std::string("a\\b"), std::string("a%2Fb"), std::string("a\"b"), std::string("(a)"), std::string("a\nb"),
        std::string(1, '\0'), std::string(197, 'a'), std::string(70, ' ')}) {
    const std::string name = resource_name(uid);
    EXPECT_EQ(name.size(), 68U) << uid;
    EXPECT_EQ(name.find_first_not_of("0123456789abcdef"), 64U) << name;
  }
  EXPECT_NE(resource_name("a/b"), resource_name("a/c"));
  EXPECT_EQ(resource_name("a/b"), resource_name("a/b"));
}

TEST(CalendarSegment, is_the_name_or_a_hash_of_it) {
  EXPECT_EQ(calendar_segment("calmux-1"), "calmux-1");
  for (const char* name : {"", "Team calendar", "B\xC3\xBCro", "a/b", "..", ".x", "-x"}) {
    EXPECT_EQ(calendar_segment(name).size(), 23U) << name;
    EXPECT_EQ(calendar_segment(name).rfind("calmux-", 0), 0U) << name;
  }
}

TEST(Etag, has_quotes_and_no_weakness) {
  EXPECT_EQ(canonical_etag("\"a\""), "\"a\"");
  EXPECT_EQ(canonical_etag("W/\"a\""), "\"a\"");
  EXPECT_EQ(canonical_etag("a"), "\"a\"");
  EXPECT_EQ(canonical_etag(""), "");
  EXPECT_EQ(canonical_etag("W/"), "");
  EXPECT_EQ(canonical_etag("\"a\r\nX: y\""), "");
}

}  // namespace
}  // namespace calmux::caldav
