#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <vector>

#include "connectors/m365/html_tags.h"
#include "connectors/m365/html_text.h"

namespace calmux::m365 {
namespace {

constexpr std::size_t max_bytes = 262'144;
constexpr std::size_t max_depth = 256;
constexpr std::size_t max_nodes = 400'000;

/// Elements by what an HTML parser does with them while others are open (HTML standard section 13.2.6.4).
enum class Kind {
  empty,       ///< without content, or there once
  paragraph,   ///< the next one ends it
  item,        ///< likewise, of its own kind
  cell,        ///< likewise
  row,         ///< likewise, with the cells in it
  formatting,  ///< opened again in every block that follows while it is not closed
  block,
  section,  ///< of a table
  frame,    ///< a block that what is inside cannot close
  other,    ///< text-level elements and unknown ones
  unusual,  ///< its content is read by other rules; no mail needs it
};

struct Name {
  std::string_view name;
  Kind kind;
};

constexpr Name names[] = {
    {"a", Kind::formatting},    {"address", Kind::block},     {"applet", Kind::frame},      {"area", Kind::empty},
    {"article", Kind::block},   {"aside", Kind::block},       {"b", Kind::formatting},      {"base", Kind::empty},
    {"big", Kind::formatting},  {"blockquote", Kind::block},  {"body", Kind::empty},        {"br", Kind::empty},
    {"button", Kind::frame},    {"caption", Kind::section},   {"center", Kind::block},      {"code", Kind::formatting},
    {"col", Kind::empty},       {"colgroup", Kind::section},  {"dd", Kind::item},           {"details", Kind::block},
    {"dir", Kind::block},       {"div", Kind::block},         {"dl", Kind::block},          {"dt", Kind::item},
    {"em", Kind::formatting},   {"fieldset", Kind::block},    {"figcaption", Kind::block},  {"figure", Kind::block},
    {"font", Kind::formatting}, {"footer", Kind::block},      {"form", Kind::block},        {"frameset", Kind::unusual},
    {"h1", Kind::block},        {"h2", Kind::block},          {"h3", Kind::block},          {"h4", Kind::block},
    {"h5", Kind::block},        {"h6", Kind::block},          {"head", Kind::empty},        {"header", Kind::block},
    {"hgroup", Kind::block},    {"hr", Kind::empty},          {"html", Kind::empty},        {"i", Kind::formatting},
    {"iframe", Kind::unusual},  {"img", Kind::empty},         {"input", Kind::empty},       {"li", Kind::item},
    {"link", Kind::empty},      {"listing", Kind::block},     {"main", Kind::block},        {"marquee", Kind::frame},
    {"math", Kind::unusual},    {"menu", Kind::block},        {"meta", Kind::empty},        {"nav", Kind::block},
    {"nobr", Kind::formatting}, {"noembed", Kind::unusual},   {"noframes", Kind::unusual},  {"noscript", Kind::unusual},
    {"object", Kind::frame},    {"ol", Kind::block},          {"option", Kind::item},       {"p", Kind::paragraph},
    {"param", Kind::empty},     {"plaintext", Kind::unusual}, {"pre", Kind::block},         {"s", Kind::formatting},
    {"script", Kind::unusual},  {"section", Kind::block},     {"select", Kind::unusual},    {"small", Kind::formatting},
    {"source", Kind::empty},    {"strike", Kind::formatting}, {"strong", Kind::formatting}, {"style", Kind::block},
    {"summary", Kind::block},   {"svg", Kind::unusual},       {"table", Kind::frame},       {"tbody", Kind::section},
    {"td", Kind::cell},         {"template", Kind::unusual},  {"textarea", Kind::unusual},  {"tfoot", Kind::section},
    {"th", Kind::cell},         {"thead", Kind::section},     {"title", Kind::block},       {"tr", Kind::row},
    {"tt", Kind::formatting},   {"u", Kind::formatting},      {"ul", Kind::block},          {"wbr", Kind::empty},
    {"xmp", Kind::unusual},
};
static_assert(std::ranges::is_sorted(names, {}, &Name::name));

struct Element {
  std::string_view name;  ///< as written
  Kind kind = Kind::other;
};

bool equal(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(left, right, {}, lower, lower);
}

Element element(std::string_view name) {
  constexpr std::size_t longest = 10;
  if (name.size() > longest) return {name, Kind::other};
  std::array<char, longest> letters{};
  std::ranges::transform(name, letters.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const std::string_view lower(letters.data(), name.size());
  const auto* const found = std::ranges::lower_bound(names, lower, {}, &Name::name);
  return {name, found != std::end(names) && found->name == lower ? found->kind : Kind::other};
}

/// The elements that a parser has open, or more: in doubt an end tag ends nothing here, and what a parser would end
/// without one stays open.
class OpenElements {
 public:
  std::size_t depth() const { return open_.size(); }
  std::size_t formatting() const { return formatting_; }

  void open(const Element& opened) {
    switch (opened.kind) {
    case Kind::paragraph:
      pop_if(Kind::paragraph);
      break;
    case Kind::item:
      if (open_.size() > 1 && open_.back().kind == Kind::paragraph && ends_before(open_[open_.size() - 2], opened))
        open_.pop_back();
      if (!open_.empty() && ends_before(open_.back(), opened)) open_.pop_back();
      break;
    case Kind::row:
      pop_if(Kind::paragraph);
      pop_if(Kind::cell);
      pop_if(Kind::row);
      break;
    case Kind::cell:
      pop_if(Kind::paragraph);
      pop_if(Kind::cell);
      break;
    case Kind::empty:
      return;
    case Kind::formatting:
    case Kind::block:
    case Kind::section:
    case Kind::frame:
    case Kind::other:
    case Kind::unusual:
      break;
    }
    formatting_ += opened.kind == Kind::formatting ? 1 : 0;
    open_.push_back(opened);
  }

  void close(const Element& closed) {
    for (std::size_t at = open_.size(); at-- > 0;) {
      if (equal(open_[at].name, closed.name)) return end(at);
      if (!reaches_through(open_[at].kind, closed)) return;
    }
  }

 private:
  static bool ends_before(const Element& open, const Element& next) {
    const auto is_term = [](const Element& one) { return equal(one.name, "dd") || equal(one.name, "dt"); };
    return open.kind == Kind::item && (equal(open.name, next.name) || (is_term(open) && is_term(next)));
  }

  /// Whether the end tag may mean something that was opened before.
  static bool reaches_through(Kind open, const Element& closed) {
    const bool in_table = open == Kind::cell || open == Kind::row || open == Kind::section;
    switch (closed.kind) {
    case Kind::other:
      return open == Kind::other || open == Kind::formatting;
    case Kind::item:
      return open == Kind::other || open == Kind::formatting || open == Kind::paragraph;
    case Kind::paragraph:
    case Kind::formatting:
    case Kind::block:
    case Kind::cell:
      return open != Kind::frame && !in_table;
    case Kind::row:
    case Kind::section:
      return open != Kind::frame && open != Kind::section;
    case Kind::frame:
      return open != Kind::frame && (!in_table || equal(closed.name, "table"));
    case Kind::empty:
    case Kind::unusual:
      break;
    }
    return false;
  }

  /// What belongs to a table ends with what it is in. Anything else that was open inside may be open outside, too.
  void end(std::size_t at) {
    const Kind kind = open_[at].kind;
    const bool with_cells = kind == Kind::row || kind == Kind::section || equal(open_[at].name, "table");
    std::size_t kept = at;
    for (std::size_t i = at; i < open_.size(); ++i) {
      const Kind inner = open_[i].kind;
      if (i == at || (with_cells && (inner == Kind::cell || inner == Kind::row || inner == Kind::section ||
                                     inner == Kind::paragraph))) {
        formatting_ -= inner == Kind::formatting ? 1 : 0;
      } else {
        open_[kept++] = open_[i];
      }
    }
    open_.resize(kept);
  }

  void pop_if(Kind kind) {
    if (!open_.empty() && open_.back().kind == kind) open_.pop_back();
  }

  std::vector<Element> open_;
  std::size_t formatting_ = 0;
};

}  // namespace

bool is_costly_html(std::string_view html) {
  if (html.size() > max_bytes) return true;
  OpenElements open;
  std::size_t nodes = 0;
  HtmlTags tags(html);
  while (const auto tag = tags.next()) {
    const Element named = element(tag->name);
    if (named.kind == Kind::unusual) return true;
    nodes += 1 + open.formatting();
    tag->closing ? open.close(named) : open.open(named);
    if (open.depth() > max_depth || nodes > max_nodes) return true;
  }
  return false;
}

}  // namespace calmux::m365
