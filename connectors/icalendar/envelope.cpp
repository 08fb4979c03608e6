#include "connectors/icalendar/envelope.h"

#include <algorithm>

#include "connectors/icalendar/content_line.h"
#include "connectors/icalendar/text_tree.h"
#include "mappings/fields/text_limit.h"

namespace calmux::icalendar {
namespace {

constexpr std::size_t longest_uid = 1024;

}  // namespace

Result<std::string> uid_of(std::string_view text) {
  const auto tree = parse_text(text);
  if (!tree && text.find("BEGIN:VCALENDAR") != std::string_view::npos) return tl::unexpected(tree.error());
  if (!tree || tree->inner.empty() || tree->inner.front().name != "VCALENDAR") {
    return fail(ErrorKind::malformed, "the body does not begin a VCALENDAR; send an iCalendar object");
  }
  const auto& components = tree->inner.front().inner;
  const auto event = std::ranges::find(components, "VEVENT", &TextNode::name);
  if (event == components.end()) {
    return fail(ErrorKind::malformed, "the VCALENDAR holds no VEVENT; only events can be taken");
  }
  const TextLine* const line = event->find("UID");
  if (line == nullptr) return fail(ErrorKind::malformed, "the VEVENT has no UID; send the whole calendar object");
  auto uid = fields::clean_line(unescaped(line->value));  // as read() gives it
  if (uid.empty()) return fail(ErrorKind::malformed, "the VEVENT's UID is empty; send the whole calendar object");
  if (uid.size() > longest_uid) return fail(ErrorKind::malformed, "the VEVENT's UID is longer than 1024 bytes");
  return uid;
}

}  // namespace calmux::icalendar
