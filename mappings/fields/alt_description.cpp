#include "mappings/fields/event_properties.h"
#include "mappings/fields/text_limit.h"

namespace calmux::fields {

namespace {

constexpr std::size_t html_limit = 32 * 1024;

/// A cut inside a tag or an entity would swallow the mark: go back to before it.
std::string limited_html(const std::string& html) {
  if (html.size() <= html_limit) return html;
  std::string cut(utf8_prefix(html, html_limit - cut_mark.size()));
  const auto open = cut.rfind('<');
  if (open != std::string::npos && cut.find('>', open) == std::string::npos) cut.resize(open);
  const auto entity = cut.rfind('&');
  if (entity != std::string::npos && cut.size() - entity < 12 && cut.find(';', entity) == std::string::npos) {
    cut.resize(entity);
  }
  return cut.append(cut_mark);
}

}  // namespace

/// X-ALT-DESC (MS-OXCICAL section 2.1.3.1.1.20.25): the body with its layout, for the clients that show HTML.
void alt_description(const EventView& view, Component& out) {
  const std::string html = clean(utf8_prefix(view.event.html, 2 * html_limit + 2));
  if (!html.empty()) out.add("X-ALT-DESC", Text{limited_html(html)}, {{"FMTTYPE", "text/html"}});
}

}  // namespace calmux::fields
