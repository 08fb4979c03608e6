#include <gumbo.h>

#include <algorithm>
#include <memory>
#include <string>

#include "mappings/fields/event_properties.h"
#include "tests/fuzz/property.h"

namespace calmux::fuzz {
namespace {

struct Destroy {
  void operator()(GumboOutput* output) const { gumbo_destroy_output(&kGumboDefaultOptions, output); }
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return out;
}

bool is_handler(std::string_view name) {
  const std::string plain = lower(name);
  return plain.size() > 2 && plain.starts_with("on") && plain[2] >= 'a' && plain[2] <= 'z';
}

/// As browsers read a URL: blanks and controls in front of it and line ends and tabs anywhere do not count.
bool is_script(std::string_view url) {
  std::string plain = lower(url);
  plain.erase(plain.begin(), std::ranges::find_if(plain, [](unsigned char c) { return c > ' '; }));
  std::erase_if(plain, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
  return plain.starts_with("javascript:");
}

void require_inert(const GumboNode& node, std::string_view html) {
  if (node.type != GUMBO_NODE_ELEMENT && node.type != GUMBO_NODE_TEMPLATE) return;
  const auto& element = node.v.element;
  require(element.tag != GUMBO_TAG_SCRIPT && element.tag != GUMBO_TAG_IFRAME && element.tag != GUMBO_TAG_OBJECT &&
              element.tag != GUMBO_TAG_EMBED,
          "no element acts", html);
  for (unsigned int i = 0; i < element.attributes.length; ++i) {
    const auto& attribute = *static_cast<const GumboAttribute*>(element.attributes.data[i]);
    require(!is_handler(attribute.name) || *attribute.value == '\0', "no attribute acts", html);
    require(!is_script(attribute.value), "no address acts", html);
  }
  for (unsigned int i = 0; i < element.children.length; ++i)
    require_inert(*static_cast<const GumboNode*>(element.children.data[i]), html);
}

}  // namespace
}  // namespace calmux::fuzz

// A body as somebody sent it; what goes on to the clients that show HTML must do nothing there.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace calmux;
  Event event;
  event.html = fuzz::text_of(data, size);
  fields::Component written{"VEVENT", {}, {}};
  fields::alt_description({event, "calmux-1", {}, false}, written);
  const auto* const property = written.find("X-ALT-DESC");
  if (property == nullptr) return 0;
  const auto& html = std::get<fields::Text>(property->value).value;
  fuzz::require(html.size() <= 32'768, "the HTML is bounded");
  fuzz::require(fuzz::is_utf8(html) && !fuzz::has_control(html), "the HTML is text", html);
  const std::unique_ptr<GumboOutput, fuzz::Destroy> parsed(
      gumbo_parse_with_options(&kGumboDefaultOptions, html.data(), html.size()));
  fuzz::require_inert(*parsed->root, html);
  return 0;
}
