#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/property.h"

// Changes the tree and not the text: what comes out is JSON, so that the decoder behind the parser is what is tried.

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace calmux::fuzz {
namespace {

using nlohmann::json;

constexpr const char* values[] = {"null",
                                  "\"\"",
                                  "\"null\"",
                                  "0",
                                  "-1",
                                  "31",
                                  "1e300",
                                  "9223372036854775807",
                                  "-9223372036854775808",
                                  "18446744073709551615",
                                  "true",
                                  "false",
                                  "\"True\"",
                                  "[]",
                                  "{}",
                                  "[null]",
                                  "\"UTC\"",
                                  "\"W. Europe Standard Time\"",
                                  "\"America/New_York\"",
                                  "\"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna\"",
                                  "\"Pacific/Apia\"",
                                  "\"tzone://Microsoft/Custom\"",
                                  "\"2026-10-25\"",
                                  "\"2026-03-29T02:30:00\"",
                                  "\"2026-10-25T02:30:00.0000000\"",
                                  "\"2026-10-25T01:30:00Z\"",
                                  "\"9999-12-31T23:59:59.9999999Z\"",
                                  "\"0001-01-01\"",
                                  "\"0002-01-01T00:00:00-18:00\"",
                                  "\"9998-12-31T24:00:00+18:00\"",
                                  "\"AAMk1\"",
                                  "\"OID.AAMk1.2026-10-25\"",
                                  "\"seriesMaster\"",
                                  "\"exception\"",
                                  "\"occurrence\"",
                                  "\"html\"",
                                  "\"<p>a</p><script>b</script>\"",
                                  "\"line\\r\\nATTENDEE:mailto:a@example.org\"",
                                  "\"a\\u0000\\u001f\\u007f\\u2028\\\\,;:^\\\"\"",
                                  "\"Ann <ann@example.org>; bob@example.org;\"",
                                  "\"https://teams.microsoft.com/l/meetup-join/1\"",
                                  "\"FREQ=YEARLY;COUNT=9999;INTERVAL=9999\"",
                                  "\"2026-10-25T02:30:00+01:00[Europe/Berlin]\"",
                                  "{\"dateTime\": \"2026-10-25T02:30:00\", \"timeZone\": \"Europe/Berlin\"}",
                                  "{\"dateTime\": \"2026-08-04T14:00:00-18:00\"}",
                                  "{\"type\": \"relativeMonthly\", \"interval\": 1, \"daysOfWeek\": [\"monday\"]}",
                                  "{\"pattern\": {\"type\": \"daily\"}, \"range\": {\"type\": \"noEnd\"}}",
                                  "{\"emailAddress\": {\"name\": \"Ann\", \"address\": \"ann@example.org\"}}"};

class Tree {
 public:
  Tree(json root, unsigned seed) : root_(std::move(root)), random_(seed) { collect(root_); }

  std::string changed() {
    json& chosen = *nodes_[below(nodes_.size())];
    switch (below(7)) {
    case 0:
      chosen = json::parse(values[below(std::size(values))]);
      break;
    case 1:
    case 2:
      chosen = json(*nodes_[below(nodes_.size())]);
      break;
    case 3:
      drop(chosen);
      break;
    case 4:
      add(chosen);
      break;
    case 5:
      rename(chosen);
      break;
    default:
      mutate(chosen);
      break;
    }
    return root_.dump(-1, ' ', false, json::error_handler_t::replace);
  }

 private:
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }

  void collect(json& node) {
    nodes_.push_back(&node);
    for (auto& inner : node) {
      if (inner.is_structured()) {
        collect(inner);
      } else {
        nodes_.push_back(&inner);
      }
    }
  }

  void drop(json& node) {
    if (node.empty() || !node.is_structured()) return;
    auto at = node.begin();
    std::advance(at, below(node.size()));
    node.erase(at);
  }

  void add(json& node) {
    json value = json(*nodes_[below(nodes_.size())]);
    if (node.is_array()) {
      node.push_back(std::move(value));
    } else if (node.is_object()) {
      node.emplace(member_name(), std::move(value));
    }
  }

  /// A name from elsewhere in the tree.
  std::string member_name() {
    const json& other = *nodes_[below(nodes_.size())];
    if (!other.is_object() || other.empty()) return "value";
    auto at = other.begin();
    std::advance(at, below(other.size()));
    return at.key();
  }

  void rename(json& node) {
    if (!node.is_object() || node.empty()) return;
    auto at = node.begin();
    std::advance(at, below(node.size()));
    const std::string name = below(2) == 0 ? swapped(at.key()) : member_name();
    json value = std::move(at.value());
    node.erase(at);
    node[name] = std::move(value);
  }

  static std::string swapped(std::string name) {
    if (!name.empty()) name[0] = static_cast<char>(name[0] ^ 0x20);
    return is_utf8(name) ? name : "Id";
  }

  void mutate(json& node) {
    if (!node.is_primitive()) return;
    std::string text = node.is_string() ? node.get<std::string>() : node.dump();
    const std::size_t size = text.size();
    text.resize(size + 16);
    text.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(text.data()), size, text.size()));
    const json number = node.is_string() ? json() : json::parse(text, nullptr, false);
    node = number.is_number() ? number : json(text);
  }

  json root_;
  std::mt19937 random_;
  std::vector<json*> nodes_;
};

/// The parser builds any depth; what walks the tree here has a stack.
bool is_shallow(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  for (const char c : text) {
    if (c == '{' || c == '[') deepest = std::max(deepest, ++depth);
    if (c == '}' || c == ']') --depth;
  }
  return deepest < 60;
}

}  // namespace
}  // namespace calmux::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
  using namespace calmux::fuzz;
  const auto text = text_of(data, size);
  auto root = seed % 8 != 0 && is_shallow(text) ? nlohmann::json::parse(text, nullptr, false) : nlohmann::json();
  if (root.is_discarded() || !root.is_structured()) return LLVMFuzzerMutate(data, size, max_size);
  const auto changed = Tree(std::move(root), seed).changed();
  if (changed.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy(changed.begin(), changed.end(), data);
  return changed.size();
}
