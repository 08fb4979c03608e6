#include "connectors/icalendar/text_tree.h"

#include <algorithm>

#include "connectors/icalendar/content_line.h"

namespace calmux::icalendar {

namespace {

constexpr std::size_t longest_body = 1024 * 1024;
constexpr std::size_t most_components = 2000;
constexpr std::size_t most_levels = 8;

/// RFC 5545 section 3.1; a line feed alone ends a line too, as half of the senders write it.
std::string unfolded(std::string_view body) {
  std::string text;
  text.reserve(body.size());
  for (std::size_t at = 0; at < body.size(); ++at) {
    if (body[at] == '\r' && at + 1 < body.size() && body[at + 1] == '\n') ++at;
    const bool folds = at + 1 < body.size() && (body[at + 1] == ' ' || body[at + 1] == '\t');
    if (body[at] == '\n' && folds) {
      ++at;
    } else {
      text.push_back(body[at]);
    }
  }
  return text;
}

/// RFC 6868.
std::string decoded_parameter(std::string_view value) {
  std::string out;
  for (std::size_t at = 0; at < value.size(); ++at) {
    const char next = value[at] == '^' && at + 1 < value.size() ? value[at + 1] : '\0';
    if (next == 'n' || next == '^' || next == '\'') {
      out.push_back(next == 'n' ? '\n' : next == '^' ? '^' : '"');
      ++at;
    } else if (value[at] != '"') {
      out.push_back(value[at]);
    }
  }
  return out;
}

/// The next of `stops` outside quotes, or npos.
std::size_t find_unquoted(std::string_view text, std::string_view stops, std::size_t from) {
  bool quoted = false;
  for (std::size_t at = from; at < text.size(); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (!quoted && stops.find(text[at]) != std::string_view::npos) return at;
  }
  return std::string_view::npos;
}

bool parse_line(std::string_view text, TextLine& line) {
  std::size_t at = text.find_first_of(";:");
  if (at == std::string_view::npos || at == 0) return false;
  line.name = upper(text.substr(0, at));
  if (!std::ranges::all_of(line.name, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
      })) {
    return false;
  }
  while (text[at] == ';') {
    const std::size_t end = find_unquoted(text, ";:", at + 1);
    if (end == std::string_view::npos) return false;
    const std::string_view parameter = text.substr(at + 1, end - at - 1);
    const auto equals = parameter.find('=');
    if (equals != std::string_view::npos) {
      line.parameters.emplace_back(upper(parameter.substr(0, equals)), decoded_parameter(parameter.substr(equals + 1)));
    }
    at = end;
  }
  line.value = std::string(text.substr(at + 1));
  return true;
}

class Parser {
 public:
  Result<TextNode> parse(const std::string& text) {
    open_.push_back({});
    std::size_t number = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      std::string_view line = std::string_view(text).substr(at, end - at);
      at = end + 1;
      ++number;
      while (line.ends_with('\r')) line.remove_suffix(1);
      if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
      if (auto error = take(line, number)) return tl::unexpected(std::move(*error));
    }
    if (open_.size() != 1) return fail(ErrorKind::malformed, "BEGIN:" + open_.back().name + " has no END");
    return std::move(open_.front());
  }

 private:
  static Error error(ErrorKind kind, const std::string& message, std::size_t number) {
    return {kind, message + " (unfolded line " + std::to_string(number) + ")", std::nullopt, std::nullopt};
  }

  std::optional<Error> take(std::string_view text, std::size_t number) {
    TextLine line;
    if (!parse_line(text, line)) return error(ErrorKind::malformed, "this is no iCalendar content line", number);
    if (line.name == "BEGIN") {
      if (++components_ > most_components) return error(ErrorKind::too_large, "more than 2000 components", number);
      if (open_.size() > most_levels) return error(ErrorKind::too_large, "components nest too deep", number);
      open_.push_back({upper(line.value), {}, {}});
    } else if (line.name == "END") {
      if (open_.size() == 1 || open_.back().name != upper(line.value)) {
        return error(ErrorKind::malformed, "this END has no BEGIN", number);
      }
      TextNode closed = std::move(open_.back());
      open_.pop_back();
      open_.back().inner.push_back(std::move(closed));
    } else if (open_.size() == 1) {
      return error(ErrorKind::malformed, "this line is in no component", number);
    } else {
      open_.back().lines.push_back(std::move(line));
    }
    return std::nullopt;
  }

  std::vector<TextNode> open_;
  std::size_t components_ = 0;
};

}  // namespace

std::string upper(std::string_view text) {
  const auto end = text.find_last_not_of(" \t");
  std::string out(text.substr(0, end == std::string_view::npos ? 0 : end + 1));
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
  return out;
}

std::string_view TextLine::parameter(std::string_view wanted) const {
  for (const auto& [key, text] : parameters) {
    if (key == wanted) return text;
  }
  return {};
}

const TextLine* TextNode::find(std::string_view wanted) const {
  for (const TextLine& line : lines) {
    if (line.name == wanted && !line.value.empty()) return &line;
  }
  return nullptr;
}

std::vector<std::string> list_values(std::string_view value) {
  std::vector<std::string> values;
  std::size_t start = 0;
  for (std::size_t at = 0; at <= value.size(); ++at) {
    if (at < value.size() && value[at] == '\\') {
      ++at;
    } else if (at == value.size() || value[at] == ',') {
      values.push_back(unescaped(value.substr(start, at - start)));
      start = at + 1;
    }
  }
  if (start < value.size()) values.push_back(unescaped(value.substr(start)));
  return values;
}

Result<TextNode> parse_text(std::string_view body) {
  if (body.size() > longest_body) return fail(ErrorKind::too_large, "the iCalendar text is larger than 1 MiB");
  if (body.find('\0') != std::string_view::npos) return fail(ErrorKind::malformed, "the iCalendar text has a NUL byte");
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  return Parser().parse(unfolded(body));
}

}  // namespace calmux::icalendar
