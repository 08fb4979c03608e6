#include "connectors/m365/html_text.h"

#include <gumbo.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "connectors/m365/html_words.h"
#include "connectors/m365/members.h"
#include "connectors/m365/plain_text.h"
#include "mappings/fields/text_limit.h"

namespace calmux::m365 {
namespace {

bool is_hidden(GumboTag tag) {
  return tag == GUMBO_TAG_HEAD || tag == GUMBO_TAG_SCRIPT || tag == GUMBO_TAG_STYLE || tag == GUMBO_TAG_TITLE ||
         tag == GUMBO_TAG_TEMPLATE || tag == GUMBO_TAG_NOSCRIPT || tag == GUMBO_TAG_IFRAME || tag == GUMBO_TAG_OBJECT;
}

bool is_block(GumboTag tag) {
  switch (tag) {
  case GUMBO_TAG_DIV:
  case GUMBO_TAG_TABLE:
  case GUMBO_TAG_TR:
  case GUMBO_TAG_UL:
  case GUMBO_TAG_OL:
  case GUMBO_TAG_LI:
  case GUMBO_TAG_DL:
  case GUMBO_TAG_DT:
  case GUMBO_TAG_DD:
  case GUMBO_TAG_SECTION:
  case GUMBO_TAG_ARTICLE:
  case GUMBO_TAG_HEADER:
  case GUMBO_TAG_FOOTER:
  case GUMBO_TAG_CENTER:
  case GUMBO_TAG_ADDRESS:
  case GUMBO_TAG_FORM:
  case GUMBO_TAG_CAPTION:
  case GUMBO_TAG_HR:
  case GUMBO_TAG_MAIN:
  case GUMBO_TAG_FIELDSET:
    return true;
  default:
    return false;
  }
}

bool is_paragraph(GumboTag tag) {
  return tag == GUMBO_TAG_P || tag == GUMBO_TAG_BLOCKQUOTE || tag == GUMBO_TAG_PRE ||
         (tag >= GUMBO_TAG_H1 && tag <= GUMBO_TAG_H6);
}

/// Walks the tree without recursion, so that its depth does not matter to the stack.
class Renderer {
 public:
  explicit Renderer(const HtmlWords& words) : words_(words) {}

  std::string render(const GumboNode* root) {
    const GumboNode* node = root;
    while (node && !text_.full()) {
      const GumboVector* children = enter(node) ? children_of(node) : nullptr;
      if (children && children->length > 0) {
        node = static_cast<const GumboNode*>(children->data[0]);
        continue;
      }
      leave(node);
      while (node && node != root) {
        const GumboVector* siblings = children_of(node->parent);
        if (node->index_within_parent + 1 < siblings->length) {
          node = static_cast<const GumboNode*>(siblings->data[node->index_within_parent + 1]);
          break;
        }
        node = node->parent;
        leave(node);
      }
      if (node == root) break;
    }
    return text_.finish();
  }

 private:
  struct List {
    bool ordered = false;
    int next = 1;
  };
  struct Link {
    std::string url;
    std::size_t from = 0;
  };

  static const GumboVector* children_of(const GumboNode* node) {
    if (node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE) return &node->v.element.children;
    return nullptr;
  }

  /// Whether its children are to be visited.
  bool enter(const GumboNode* node) {
    if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_CDATA) {
      const std::string text = words_.restored(node->v.text.text);
      preformatted_ > 0 ? text_.verbatim(text) : text_.flow(text);
      return false;
    }
    if (node->type == GUMBO_NODE_WHITESPACE) {
      text_.flow(" ");
      return false;
    }
    if (node->type != GUMBO_NODE_ELEMENT || is_hidden(node->v.element.tag)) return false;
    const auto& element = node->v.element;
    if (is_paragraph(element.tag)) text_.paragraph();
    if (is_block(element.tag)) text_.line();
    if (element.tag == GUMBO_TAG_PRE) ++preformatted_;
    if (element.tag == GUMBO_TAG_BR) text_.line_break();
    if (element.tag == GUMBO_TAG_UL || element.tag == GUMBO_TAG_OL) lists_.push_back({element.tag == GUMBO_TAG_OL, 1});
    if (element.tag == GUMBO_TAG_LI) bullet();
    if (element.tag == GUMBO_TAG_TR) text_.row();
    if (element.tag == GUMBO_TAG_TD || element.tag == GUMBO_TAG_TH) text_.cell();
    if (element.tag == GUMBO_TAG_A) links_.push_back({attribute(element, "href"), text_.mark()});
    if (element.tag == GUMBO_TAG_IMG) text_.flow(attribute(element, "alt"));
    return true;
  }

  void leave(const GumboNode* node) {
    if (node->type != GUMBO_NODE_ELEMENT || is_hidden(node->v.element.tag)) return;
    const auto tag = node->v.element.tag;
    if (tag == GUMBO_TAG_A && !links_.empty()) {
      close_link(links_.back());
      links_.pop_back();
    }
    if ((tag == GUMBO_TAG_UL || tag == GUMBO_TAG_OL) && !lists_.empty()) lists_.pop_back();
    if (tag == GUMBO_TAG_PRE) --preformatted_;
    if (is_paragraph(tag)) text_.paragraph();
    if (is_block(tag)) text_.line();
    if (tag == GUMBO_TAG_TR || tag == GUMBO_TAG_TABLE) text_.end_row();
  }

  std::string attribute(const GumboElement& element, const char* name) const {
    const auto* found = gumbo_get_attribute(&element.attributes, name);
    return found ? cleaned(trimmed(words_.restored(found->value))) : std::string{};
  }

  void bullet() {
    const std::size_t depth = lists_.empty() ? 0 : std::min<std::size_t>(lists_.size() - 1, 8);
    std::string mark(depth * 2, ' ');
    if (!lists_.empty() && lists_.back().ordered) {
      mark += std::to_string(lists_.back().next++) + ". ";
    } else {
      mark += "- ";
    }
    text_.item(mark);
  }

  void close_link(const Link& link) {
    const bool shown = link.url.starts_with("http") || link.url.starts_with("mailto:") || link.url.starts_with("tel:");
    if (!shown) return;
    const std::string label = text_.since(link.from);
    const std::string_view bare = std::string_view(link.url).substr(link.url.starts_with("mailto:") ? 7 : 0);
    if (label == link.url || label == bare || label + "/" == link.url) return;
    text_.flow(label.empty() ? link.url : " <" + link.url + ">");
  }

  const HtmlWords& words_;
  PlainText text_;
  std::vector<List> lists_;
  std::vector<Link> links_;
  int preformatted_ = 0;
};

/// The parser's memory, given back at once: freeing a tree node by node costs half as much as parsing, and recurses.
/// What an ordinary body needs stays with the thread; the guard bounds what any body can need.
class Arena {
 public:
  void reset() {
    if (chunks_.size() > 1) chunks_.resize(1);
    next_ = chunks_.empty() ? nullptr : chunks_.front().get();
    left_ = chunks_.empty() ? 0 : chunk_size;
  }

  GumboOptions options() {
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = [](void* arena, std::size_t size) { return static_cast<Arena*>(arena)->take(size); };
    options.deallocator = [](void*, void*) {};
    options.userdata = this;
    options.max_errors = 0;
    return options;
  }

 private:
  static constexpr std::size_t chunk_size = 131'072;

  void* take(std::size_t size) {
    constexpr std::size_t alignment = alignof(std::max_align_t);
    size = (size + alignment - 1) / alignment * alignment;
    if (chunks_.empty() || size > left_) {
      const std::size_t room = std::max(size, chunk_size);
      chunks_.push_back(std::make_unique_for_overwrite<char[]>(room));
      next_ = chunks_.back().get();
      left_ = room;
    }
    void* const taken = next_;
    next_ += size;
    left_ -= size;
    return taken;
  }

  std::vector<std::unique_ptr<char[]>> chunks_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace

std::string html_to_text(std::string_view html) {
  if (is_costly_html(html)) return without_tags(html);
  thread_local Arena arena;
  arena.reset();
  const GumboOptions options = arena.options();
  const HtmlWords words(html);
  const GumboOutput* const output = gumbo_parse_with_options(&options, words.html().data(), words.html().size());
  if (output == nullptr || output->root == nullptr) return without_tags(html);
  // Of a reference that overflows ("&#xbbbbbbbb80;") the parser makes bytes that are no character.
  const std::string text = fields::clean(Renderer(words).render(output->root));
  return std::string(fields::utf8_prefix(text, PlainText::limit));
}

}  // namespace calmux::m365
