#include <gumbo.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connectors/m365/html_text.h"
#include "tests/fuzz/property.h"

namespace calmux::fuzz {
namespace {

struct Destroy {
  void operator()(GumboOutput* output) const { gumbo_destroy_output(&kGumboDefaultOptions, output); }
};

/// The first line, then the rest again and again: what is cheap once may be dear a thousand times.
std::string html_of(std::string_view input) {
  constexpr std::size_t most = 40'000;
  const auto end = std::min(input.find('\n'), input.size());
  std::string html(input.substr(0, end));
  input.remove_prefix(std::min(end + 1, input.size()));
  while (!input.empty() && html.size() + input.size() <= most) html += input;
  return html;
}

std::size_t depth_of(const GumboNode* root) {
  std::size_t deepest = 0;
  std::vector<std::pair<const GumboNode*, std::size_t>> left{{root, 1}};
  while (!left.empty()) {
    const auto [node, depth] = left.back();
    left.pop_back();
    deepest = std::max(deepest, depth);
    if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE) continue;
    const auto& children = node->v.element.children;
    for (unsigned int i = 0; i < children.length; ++i)
      left.emplace_back(static_cast<const GumboNode*>(children.data[i]), depth + 1);
  }
  return deepest;
}

}  // namespace
}  // namespace calmux::fuzz

// A parser's cost grows with the square of the depth, so the estimate of it must never be far below.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace calmux;
  const std::string html = fuzz::html_of(fuzz::text_of(data, size));
  if (m365::is_costly_html(html)) return 0;
  const std::unique_ptr<GumboOutput, fuzz::Destroy> parsed(
      gumbo_parse_with_options(&kGumboDefaultOptions, html.data(), html.size()));
  fuzz::require(fuzz::depth_of(parsed->root) < 1'500, "what is not costly is not deep",
                std::string_view(html).substr(0, 300));
  return 0;
}
