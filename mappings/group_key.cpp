#include "mappings/group_key.h"

#include <utility>

namespace calmux {
namespace {

constexpr const char* uid_prefix = "uid:";

const std::string& telling_of(const Event& event) {
  return event.series_id.empty() ? event.source_event_id : event.series_id;
}

/// Names that mean the same group.
class Names {
 public:
  std::string find(std::string name) {
    while (true) {
      const auto same = same_as_.find(name);
      if (same == same_as_.end()) return name;
      name = same->second;
    }
  }

  void unite(const std::string& left, const std::string& right) {
    auto one = find(left);
    auto other = find(right);
    if (one == other) return;
    if (before(other, one)) std::swap(one, other);
    same_as_[other] = one;
  }

 private:
  /// A UID gives the name before an id does.
  static bool before(const std::string& left, const std::string& right) {
    const bool left_uid = left.starts_with(uid_prefix);
    const bool right_uid = right.starts_with(uid_prefix);
    return left_uid == right_uid ? left < right : left_uid;
  }

  std::map<std::string, std::string> same_as_;
};

}  // namespace

std::vector<std::string> group_keys_named_by(const Event& event) {
  std::vector<std::string> keys{telling_of(event)};
  if (!event.uid.empty()) keys.push_back(uid_prefix + event.uid);
  return keys;
}

std::map<std::string, std::string> group_keys_of(std::span<const Event* const> events) {
  Names names;
  for (const auto* event : events) {
    if (!event->uid.empty()) names.unite(telling_of(*event), uid_prefix + event->uid);
  }
  std::map<std::string, std::string> keys;
  for (const auto* event : events) keys[event->source_event_id] = names.find(telling_of(*event));
  return keys;
}

}  // namespace calmux
