#include <gtest/gtest.h>

#include <chrono>
#include <iterator>
#include <random>
#include <string>

#include "connectors/m365/html_text.h"
#include "connectors/m365/meeting_link.h"

namespace calmux::m365 {
namespace {

std::string repeated(const std::string& text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

struct HtmlCase {
  const char* html;
  const char* text;
};

TEST(M365Html, reads_like_text) {
  const HtmlCase table[] = {
      {"", ""},
      {"plain", "plain"},
      {"<p>One</p><p>Two</p>", "One\n\nTwo"},
      {"<div>One</div><div>Two</div>", "One\nTwo"},
      {"One<br>Two<br><br>Three", "One\nTwo\n\nThree"},
      {"  a \n  b\t c&nbsp;&nbsp;d ", "a b c d"},
      {"a<b>b</b> <i>c</i>", "ab c"},
      {"&lt;x&gt; &amp; &#252;&#x20AC;", "<x> & ü€"},
      {"<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "- a\n- b\n  - c"},
      {"<ol><li>a</li><li>b</li></ol>after", "1. a\n2. b\nafter"},
      {"<a href=\"https://x.test/\">Here</a>", "Here <https://x.test/>"},
      {"<a href=\"https://x.test/\">https://x.test/</a>", "https://x.test/"},
      {"<a href=\"https://x.test/\">https://x.test</a>", "https://x.test"},
      {"<a href=\"mailto:a@x.test\">a@x.test</a>", "a@x.test"},
      {"<a href=\"https://x.test/\"></a>", "https://x.test/"},
      {"<a href=\"javascript:alert(1)\">Here</a>", "Here"},
      {"<a href=\"#top\">Here</a>", "Here"},
      {"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>after", "a | b\nc | d\nafter"},
      {"<table>\n<tr>\n<td><p>a</p></td>\n<td><p>b</p></td>\n</tr>\n</table>", "a | b"},
      {"<html><head><title>t</title><style>p{}</style></head><body><script>x()</script>y<!-- z --></body></html>", "y"},
      {"<pre>a\n  b</pre>", "a\n  b"},
      {"<h1>T</h1>x", "T\n\nx"},
      {"<p>a</p><p>&nbsp;</p><p>b</p>", "a\n\nb"},
      {"<img alt=\"Logo\" src=\"cid:1\">x", "Logox"},
      {"a<o:p></o:p>b", "ab"},
      {"<p>unclosed <b>bold", "unclosed bold"},
      {"a < b", "a < b"},
      {"long enough &#x10000E005; to be replaced", "long enough \xee\x80\x85 to be replaced"},
      {"a&#xbbbbbbbb80;b", "a\xef\xbf\xbd\x62"},
  };
  for (const auto& row : table) EXPECT_EQ(html_to_text(row.html), row.text) << row.html;
}

TEST(M365Html, is_empty_for_outlook_s_empty_frame) {
  EXPECT_EQ(html_to_text("<html><head>\r\n<style><!-- .x { } --></style></head>\r\n<body>\r\n<div "
                         "class=\"PlainText\">&nbsp;</div>\r\n</body></html>"),
            "");
}

TEST(M365Html, stays_bounded_whatever_comes) {
  const std::string inputs[] = {
      repeated("<div>", 200'000) + "x",
      repeated("<b><p>", 100'000) + "x",
      repeated("<a href='1'>", 300) + repeated("<p>x", 100'000),
      repeated("<table><tr><td>", 50'000) + "x",
      repeated("<ul><li>", 50'000) + "x",
      repeated("<li>x", 50'000),
      repeated("<", 500'000),
      repeated("&", 500'000),
      repeated("<!--", 100'000),
      "<" + std::string(1'000'000, 'a'),
      "<a href='" + std::string(200'000, 'x') + "'>y</a>",
      repeated("<script>", 100'000),
      repeated("x<br>", 200'000),
      std::string(1'000'000, 'x'),
      repeated("\xc3\xbc", 200'000),
      repeated("<svg><math>", 50'000),
      repeated("<select><option>", 50'000),
      repeated("<form><button>", 50'000),
  };
  for (const auto& html : inputs) {
    const auto begin = std::chrono::steady_clock::now();
    const std::string text = html_to_text(html);
    const auto took = std::chrono::steady_clock::now() - begin;
    EXPECT_LE(text.size(), 66'000U) << html.substr(0, 20);
    EXPECT_LT(took, std::chrono::seconds(5)) << html.substr(0, 20);
  }
}

/// Private-use text makes the parser read every character: the way to compare with.
TEST(M365Html, shows_the_same_whether_text_is_parsed_in_stretches_or_by_character) {
  static const char* const pieces[] = {"<p>",
                                       "</p>",
                                       "<b>",
                                       "</b>",
                                       "<a href='https://example.test/long/address'>",
                                       "<a href=https://example.test/?a=1&b=2>",
                                       "</a>",
                                       "<pre>",
                                       "</pre>",
                                       "<table>",
                                       "<tr>",
                                       "<td>",
                                       "</table>",
                                       "<ul><li>",
                                       "</ul>",
                                       "<select><option>",
                                       "</select>",
                                       "<textarea>",
                                       "</textarea>",
                                       "<title>",
                                       "</title>",
                                       "<script>",
                                       "</script>",
                                       "<style>",
                                       "</style>",
                                       "<svg>",
                                       "</svg>",
                                       "<!-- remark ",
                                       "-->",
                                       "<!DOCTYPE html>",
                                       "<?xml ?>",
                                       "<![CDATA[",
                                       "]]>",
                                       "<img alt=\"a > b words words\">",
                                       "<div title=' > words = \"words'>",
                                       "<div title=\"open",
                                       "<font color=red",
                                       "some words",
                                       " and more words ",
                                       "x",
                                       " ",
                                       "\n",
                                       "\r\n",
                                       "\t",
                                       "&amp;",
                                       "&amp",
                                       "&nbsp;",
                                       "&copyright",
                                       "&#8217;",
                                       "&#",
                                       "&",
                                       "<",
                                       ">",
                                       "\"",
                                       "'",
                                       "=",
                                       "< words",
                                       "words\xc3\xbcwords",
                                       "\xff",
                                       "</",
                                       "<frameset>",
                                       "<body>",
                                       "<html>",
                                       "&lt;words&gt;",
                                       "</ a=\"words>",
                                       "<a =\"words words>",
                                       "</stylex words=\"words>",
                                       "<STYLE a>",
                                       "<q/title=\"/>\"/words words='x>'>",
                                       "3 < 4 words",
                                       "words=\"words\""};
  std::mt19937 random(11);
  std::uniform_int_distribution<std::size_t> piece(0, std::size(pieces) - 1), length(1, 30);
  for (int round = 0; round < 20'000; ++round) {
    std::string html;
    for (auto left = length(random); left > 0; --left) html += pieces[piece(random)];
    ASSERT_EQ(html_to_text("<!---->" + html), html_to_text("<!--\xee\x80\x80-->" + html)) << html;
  }
}

TEST(M365Html, private_use_characters_are_text) {
  EXPECT_EQ(html_to_text("<p>long words \xee\x80\x80 more words</p>"), "long words \xee\x80\x80 more words");
  EXPECT_EQ(html_to_text("<p>long words &#xE000; &#57345 more words</p>"),
            "long words \xee\x80\x80 \xee\x80\x81 more words");
}

TEST(M365Html, costs_are_judged_before_parsing) {
  EXPECT_FALSE(is_costly_html("<p>" + repeated("<b>x</b><br>", 5000)));
  EXPECT_FALSE(is_costly_html(repeated("<p>x", 20'000)));
  EXPECT_TRUE(is_costly_html(repeated("<div>", 300)));
  EXPECT_TRUE(is_costly_html(repeated("<b>", 200) + repeated("<p>x", 20'000)));
  EXPECT_TRUE(is_costly_html(std::string(300'000, ' ')));
  // What looks closed, or looks as if it closed itself, and nests in a parser all the same.
  for (const char* nested : {"<li><dd>", "<svg><td></q>", "<p-></p>", "<div><!--</div>-->", "<div a='</div>'>",
                             "<div><?</div>", "<x-><li></x-><x-><dd></x->", "<table><td><div></table-></div-></td>"}) {
    EXPECT_TRUE(is_costly_html(repeated(nested, 600))) << nested;
  }
  for (const char* flat : {"<ul><li>a<li>b</ul>", "<dl><dt>a<dd>b</dl>", "<table><tr><td>a<td>b<tr><td>c</table>",
                           "<o:p></o:p>", "<p><b>a</p>", "<b><i>a</b></i>", "<style>a<b</style>"}) {
    EXPECT_FALSE(is_costly_html(repeated(flat, 200))) << flat;
  }
}

TEST(M365Html, without_tags_keeps_the_words) {
  EXPECT_EQ(
      without_tags(
          "<html><head><title>t</title></head><STYLE>p{}</STYLE><p>a &amp; b</p><!-- c -->1 < 2<br>d &unknown; e"),
      "a & b\n1 < 2\nd &unknown; e");
  EXPECT_EQ(without_tags("<script>never closed"), "");
  EXPECT_EQ(without_tags("<script>a</scripts>b</SCRIPT >c</script"), "c");
  EXPECT_EQ(without_tags("a<"), "a<");
}

TEST(M365Meeting, links_of_the_known_services_are_found) {
  const std::pair<const char*, const char*> table[] = {
      {"x https://teams.microsoft.com/l/meetup-join/19%3a y", "https://teams.microsoft.com/l/meetup-join/19%3a"},
      {"<https://teams.live.com/meet/9>", "https://teams.live.com/meet/9"},
      {"(https://us02web.zoom.us/j/1?pwd=2).", "https://us02web.zoom.us/j/1?pwd=2"},
      {"https://TEAMS.microsoft.com/meet/1", "https://TEAMS.microsoft.com/meet/1"},
      {"https://example.test https://meet.google.com/abc", "https://meet.google.com/abc"},
      {"https://teams.microsoft.com/", ""},
      {"https://evil.test/?https:/teams.microsoft.com/meet/1", ""},
      {"https://evilzoom.us/j/1", ""},
      {"http", ""},
      {"", ""},
  };
  for (const auto& [text, link] : table) EXPECT_EQ(find_meeting_link(text), link) << text;
}

TEST(M365Meeting, the_block_that_teams_appends_is_shortened_to_its_link) {
  const std::string rule(80, '_');
  const std::string block = rule +
                            "\nMicrosoft Teams Need help? <https://aka.ms/x>\nJoin "
                            "<https://teams.microsoft.com/l/meetup-join/1>\nMeeting ID: 1\n" +
                            rule;
  EXPECT_EQ(shorten_teams_block("Agenda\n\n" + block),
            "Agenda\n\nMicrosoft Teams: https://teams.microsoft.com/l/meetup-join/1");
  EXPECT_EQ(shorten_teams_block(block + "\nP.S."),
            "Microsoft Teams: https://teams.microsoft.com/l/meetup-join/1\n\nP.S.");
}

TEST(M365Meeting, other_text_between_lines_stays) {
  const std::string rule(80, '_');
  for (const std::string& text : {rule + "\nnotes\n" + rule, std::string("no line at all"), rule, std::string(),
                                  rule + repeated("\nown words", 60) + "\nhttps://teams.microsoft.com/meet/1"}) {
    EXPECT_EQ(shorten_teams_block(text), text);
  }
}

}  // namespace
}  // namespace calmux::m365
