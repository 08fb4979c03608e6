#include "connectors/xml.h"

#include <gtest/gtest.h>

namespace calmux::xml {
namespace {

TEST(Xml, names_carry_their_namespace_whatever_the_prefix) {
  const auto document =
      parse(R"(<?xml version="1.0"?><a:x xmlns:a="DAV:"> 1<y xmlns="urn:z" k="v"><![CDATA[<&>]]></y>2 </a:x>)");
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(document->name, "DAV: x");
  EXPECT_EQ(document->trimmed(), "12");
  ASSERT_NE(document->child("urn:z y"), nullptr);
  EXPECT_EQ(document->child("urn:z y")->text, "<&>");
  EXPECT_EQ(document->child("urn:z y")->attribute("k"), "v");
  EXPECT_EQ(document->child("y"), nullptr);
}

TEST(Xml, long_documents_are_read_in_pieces) {
  std::string text = "<a>";
  for (int i = 0; i < 300'000; ++i) text += "<b>x</b>";
  const auto document = parse(text + "</a>");
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(document->children.size(), 300'000U);
}

TEST(Xml, rejects_what_is_not_well_formed) {
  for (const char* text : {"", " ", "text", "<a>", "<a></b>", "<a/><b/>", "<a>&unknown;</a>", "<p:a/>",
                           "<a x='1' x='2'/>", "<a>\x01</a>", "<a>\xff</a>"}) {
    const auto document = parse(text);
    ASSERT_FALSE(document) << text;
    EXPECT_EQ(document.error().kind, ErrorKind::malformed) << text;
  }
}

TEST(Xml, rejects_doctypes) {
  for (const char* text : {"<!DOCTYPE a><a/>", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
                           "<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;&b;&b;'>]><a>&c;</a>"}) {
    const auto document = parse(text);
    ASSERT_FALSE(document) << text;
    EXPECT_EQ(document.error().kind, ErrorKind::malformed);
  }
}

TEST(Xml, rejects_what_is_over_a_limit) {
  std::string deep;
  for (int i = 0; i < 33; ++i) deep += "<a>";
  EXPECT_EQ(parse(deep).error().kind, ErrorKind::too_large);
  EXPECT_EQ(parse("<a><b/><b/></a>", {.elements = 2}).error().kind, ErrorKind::too_large);
  EXPECT_EQ(parse("<a>12345</a>", {.bytes = 10}).error().kind, ErrorKind::too_large);
  EXPECT_TRUE(parse("<a><b><c/></b></a>", {.depth = 3}));
  EXPECT_FALSE(parse("<a><b><c><d/></c></b></a>", {.depth = 3}));
}

TEST(Xml, escapes) {
  EXPECT_EQ(escaped("a<b>&\"c\" \x01\xC3\xA9\n"), "a&lt;b&gt;&amp;&quot;c&quot; \xC3\xA9\n");
  EXPECT_EQ(escaped("a\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD"), "a\xEF\xBF\xBD");
}

}  // namespace
}  // namespace calmux::xml
