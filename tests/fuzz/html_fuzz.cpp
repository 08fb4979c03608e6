#include <algorithm>
#include <string>

#include "connectors/m365/html_text.h"
#include "connectors/m365/meeting_link.h"
#include "connectors/m365/members.h"
#include "connectors/m365/plain_text.h"
#include "tests/fuzz/property.h"

namespace calmux::fuzz {
namespace {

using m365::html_to_text;
using m365::without_tags;

constexpr std::string_view hidden = "calmux7hidden";

void require_text(const std::string& text, bool from_utf8) {
  require(text.size() <= m365::PlainText::limit, "the text is bounded");
  require(!has_control(text), "the text holds no control", text);
  require(!from_utf8 || is_utf8(text), "what was UTF-8 stays UTF-8", text);
}

/// Whether what follows is surely read as markup: no quote, comment or element before it takes tags for text.
bool leads_to_markup(std::string_view html) {
  if (html.find_first_of("\"'") != std::string_view::npos) return false;
  const auto open = html.rfind('<');
  if (open != std::string_view::npos && html.find('>', open) == std::string_view::npos) return false;
  const std::string lower = m365::lower_case(html);
  return std::ranges::none_of(
      std::initializer_list<const char*>{"<!", "<?", "<textarea", "<xmp", "<plaintext", "<title", "<style", "<noembed",
                                         "<noframes", "<iframe", "<noscript", "<head", "<script"},
      [&](const char* tag) { return lower.find(tag) != std::string::npos; });
}

void require_hidden(const std::string& html) {
  require(html_to_text(html).find(hidden) == std::string::npos, "a script is not shown", html);
  require(without_tags(html).find(hidden) == std::string::npos, "without tags a script is not shown", html);
}

}  // namespace
}  // namespace calmux::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace calmux;
  using namespace calmux::fuzz;
  const std::string html(text_of(data, size));
  const bool utf8 = is_utf8(html);
  const std::string text = html_to_text(html);
  require_text(text, utf8);
  require_text(without_tags(html), utf8);

  // The comment keeps what is only replaced to be parsed faster from being replaced.
  require(html_to_text("<!--&#xE000;-->" + html) == text, "a faster way gives the same text", html);

  const std::string link = m365::find_meeting_link(text);
  require(text.find(link) != std::string::npos && (link.empty() || link.starts_with("http")),
          "a meeting link is one of the text's", link);
  const std::string shortened = m365::shorten_teams_block(text);
  require_text(shortened, utf8);
  require(shortened == text || m365::find_meeting_link(shortened).find("teams.") != std::string::npos,
          "a block is shortened to its link", shortened);

  if (html.find(hidden) != std::string::npos) return 0;
  require_hidden("<script>" + std::string(hidden) + "</script>" + html);
  require_hidden("<SCRIPT src=x>a</scripts>" + std::string(hidden) + "</script >" + html);
  require_hidden("<style>" + std::string(hidden) + "</style>" + html);
  const auto half = std::string_view(html).substr(0, html.size() / 2);
  if (leads_to_markup(half))
    require_hidden(std::string(half) + "<script>" + std::string(hidden) + "</script>" + html.substr(half.size()));
  return 0;
}
