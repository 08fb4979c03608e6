#include "connectors/xml.h"

#include <expat.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>

namespace calmux::xml {
namespace {

struct FreeParser {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

constexpr std::size_t chunk = 1U << 20U;

struct Builder {
  XML_Parser parser = nullptr;
  const Limits* limits = nullptr;
  Element root;                // a parent for the document's only element
  std::vector<Element*> open;  // from the root down; children grow only in the last one, so the pointers hold
  std::size_t elements = 0;
  std::optional<Error> error;

  void stop(ErrorKind kind, std::string message) {
    if (!error) error = Error{kind, std::move(message), std::nullopt, std::nullopt};
    XML_StopParser(parser, XML_FALSE);
  }
};

// Exceptions must not cross expat, which is C.
template <class Action>
void guarded(void* user, Action action) {
  auto& builder = *static_cast<Builder*>(user);
  if (builder.error) return;
  try {
    action(builder);
  } catch (const std::exception&) {
    builder.stop(ErrorKind::too_large, "XML that does not fit into memory");
  }
}

void on_start(void* user, const XML_Char* name, const XML_Char** attributes) {
  guarded(user, [&](Builder& builder) {
    if (std::cmp_greater_equal(builder.open.size(), builder.limits->depth + 1)) {
      return builder.stop(ErrorKind::too_large,
                          "XML nested deeper than " + std::to_string(builder.limits->depth) + " elements");
    }
    if (++builder.elements > builder.limits->elements) {
      return builder.stop(ErrorKind::too_large,
                          "XML of more than " + std::to_string(builder.limits->elements) + " elements");
    }
    Element& element = builder.open.back()->children.emplace_back();
    element.name = name;
    for (; *attributes != nullptr; attributes += 2) element.attributes.emplace_back(attributes[0], attributes[1]);
    builder.open.push_back(&element);
  });
}

void on_end(void* user, const XML_Char*) {
  guarded(user, [](Builder& builder) { builder.open.pop_back(); });
}

void on_text(void* user, const XML_Char* text, int size) {
  guarded(user, [&](Builder& builder) { builder.open.back()->text.append(text, static_cast<std::size_t>(size)); });
}

void on_doctype(void* user, const XML_Char*, const XML_Char*, const XML_Char*, int) {
  guarded(user, [](Builder& builder) { builder.stop(ErrorKind::malformed, "XML with a DOCTYPE is not accepted"); });
}

}  // namespace

const Element* Element::child(std::string_view wanted) const {
  const auto found =
      std::find_if(children.begin(), children.end(), [&](const Element& element) { return element.name == wanted; });
  return found == children.end() ? nullptr : &*found;
}

std::string_view Element::trimmed() const {
  const std::string_view all = text;
  const auto first = all.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return all.substr(first, all.find_last_not_of(" \t\r\n") - first + 1);
}

std::string_view Element::attribute(std::string_view wanted) const {
  const auto found =
      std::find_if(attributes.begin(), attributes.end(), [&](const auto& entry) { return entry.first == wanted; });
  return found == attributes.end() ? std::string_view() : std::string_view(found->second);
}

Result<Element> parse(std::string_view document, const Limits& limits) {
  if (document.size() > limits.bytes) {
    return fail(ErrorKind::too_large, "XML of more than " + std::to_string(limits.bytes) + " bytes");
  }
  const std::unique_ptr<XML_ParserStruct, FreeParser> parser(XML_ParserCreateNS(nullptr, ' '));
  if (!parser) return fail(ErrorKind::internal, "no memory for an XML parser");
  Builder builder;
  builder.parser = parser.get();
  builder.limits = &limits;
  builder.open.push_back(&builder.root);
  XML_SetUserData(parser.get(), &builder);
  XML_SetElementHandler(parser.get(), on_start, on_end);
  XML_SetCharacterDataHandler(parser.get(), on_text);
  XML_SetStartDoctypeDeclHandler(parser.get(), on_doctype);

  bool last = false;
  while (!last) {
    const std::string_view piece = document.substr(0, chunk);  // expat counts in int
    document.remove_prefix(piece.size());
    last = document.empty();
    const XML_Status status =
        XML_Parse(parser.get(), piece.data(), static_cast<int>(piece.size()), last ? XML_TRUE : XML_FALSE);
    if (builder.error) return tl::unexpected(std::move(*builder.error));
    if (status != XML_STATUS_OK) {
      return fail(ErrorKind::malformed, "XML line " + std::to_string(XML_GetCurrentLineNumber(parser.get())) + ": " +
                                            XML_ErrorString(XML_GetErrorCode(parser.get())));
    }
  }
  return std::move(builder.root.children.front());
}

std::string escaped(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const auto character = text.substr(at, 3);
    if (character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF") {
      at += 2;
      continue;
    }
    switch (c) {
    case '&':
      result += "&amp;";
      break;
    case '<':
      result += "&lt;";
      break;
    case '>':
      result += "&gt;";
      break;
    case '"':
      result += "&quot;";
      break;
    default:
      if (static_cast<unsigned char>(c) >= ' ' || c == '\t' || c == '\n') result += c;
    }
  }
  return result;
}

}  // namespace calmux::xml
