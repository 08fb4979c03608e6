#include "mappings/resolve.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "mappings/event_span.h"
#include "mappings/wanted.h"

namespace calmux {
namespace {

using std::chrono::sys_seconds;

bool ended_before(const CalendarObject& object, sys_seconds limit) {
  const auto end = latest_end(object.main);
  if (!end || *end >= limit) return false;
  return std::all_of(object.overrides.begin(), object.overrides.end(),
                     [&](const Event& event) { return event.end.instant < limit; });
}

Action decide(Wanted wanted, const KnownObject* known, const ResolveRules& rules, sys_seconds now) {
  const std::string note = wanted.note.empty() ? "" : " (" + wanted.note + ")";
  Action action;
  action.object_key = wanted.key;
  action.source_event_ids = std::move(wanted.source_event_ids);
  wanted.content.uid =
      known ? known->uid : mint_uid(rules.workspace, rules.source_id, identity_of(wanted.stands_for->event));
  if (!known) {
    const bool old = rules.max_event_age && ended_before(wanted.content, now - *rules.max_event_age);
    action.kind = old ? ActionKind::skip : ActionKind::create;
    action.reason =
        old ? "ended more than " + std::to_string(rules.max_event_age->count()) + " days ago, so it is not created"
            : "new to the calendar" + note;
    if (old) action.source_event_ids.clear();
  } else {
    action.object_id = known->id;
    const bool same = known->desired && significant_content(*known->desired) == significant_content(wanted.content);
    const bool renamed = known->object_key != action.object_key;
    action.kind = same && !renamed ? ActionKind::skip : ActionKind::update;
    action.reason = (renamed          ? "its source gave the same event a new id, for '" + known->object_key + "'"
                     : same           ? "nothing that a reader sees differs"
                     : known->desired ? "changed"
                                      : "wanted again") +
                    note;
  }
  action.content = std::move(wanted.content);
  return action;
}

/// The known object of each wanted one: that of its own event, else one that stood for the same meeting under another
/// id, so that a reader's resource stays the same.
std::vector<const KnownObject*> match(std::span<const Wanted> wanted, std::span<const SourceEvent> group,
                                      std::span<const KnownObject> known) {
  std::vector<const KnownObject*> objects;
  std::set<std::string_view> own;
  for (const auto& one : wanted) own.insert(one.key);
  for (const auto& one : wanted) {
    const auto found = std::ranges::find(known, one.key, &KnownObject::object_key);
    objects.push_back(found == known.end() ? nullptr : &*found);
  }
  if (std::ranges::find(objects, nullptr) == objects.end()) return objects;
  std::map<std::string, const KnownObject*> heirless;  // by what they stood for
  for (const auto& object : known) {
    if (own.contains(object.object_key)) continue;
    const auto event =
        std::ranges::find(group, object.object_key, [](const SourceEvent& one) { return one.event.source_event_id; });
    if (event == group.end()) continue;
    auto& best = heirless[identity_of(event->event)];
    if (best == nullptr || (object.desired && !best->desired)) best = &object;
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (objects[i] != nullptr) continue;
    const auto heir = heirless.find(identity_of(wanted[i].stands_for->event));
    if (heir != heirless.end()) objects[i] = std::exchange(heir->second, nullptr);
  }
  return objects;
}

Action remove(const KnownObject& known, const std::string& reason) {
  Action action;
  action.kind = known.desired ? ActionKind::delete_ : ActionKind::skip;
  action.object_id = known.id;
  action.object_key = known.object_key;
  action.source_event_ids = {known.object_key};
  action.reason = reason.empty() ? "no event stands for it any more" : reason;
  return action;
}

/// The object that stands for this event among others; empty where none does.
std::string shown_by(std::span<const Action> actions, const std::string& source_event_id) {
  for (const auto& action : actions) {
    if (!action.content) continue;
    if (std::ranges::find(action.source_event_ids, source_event_id) != action.source_event_ids.end())
      return action.object_key;
  }
  return {};
}

}  // namespace

std::vector<Action> resolve(std::span<const SourceEvent> group, std::span<const KnownObject> known,
                            const ResolveRules& rules, sys_seconds now) {
  auto [wanted, unwanted] = wants_of(group, {rules.to_instant, rules.recurs, rules.cancelled});
  const auto objects = match(wanted, group, known);
  std::vector<Action> actions;
  std::set<std::int64_t> kept;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (objects[i] != nullptr) kept.insert(objects[i]->id);
    actions.push_back(decide(std::move(wanted[i]), objects[i], rules, now));
  }
  std::set<std::string> told;  // which events an action speaks of already
  for (const auto& action : actions) told.insert(action.source_event_ids.begin(), action.source_event_ids.end());
  for (const auto& object : known) {
    if (kept.contains(object.id)) continue;
    const auto why = std::ranges::find(unwanted, object.object_key, &Unwanted::key);
    auto action = remove(object, why == unwanted.end() ? "" : why->reason);
    action.after_key = shown_by(actions, object.object_key);
    actions.push_back(std::move(action));
    told.insert(object.object_key);
  }
  for (const auto& one : unwanted) {
    if (told.contains(one.key)) continue;
    Action& action = actions.emplace_back();
    action.object_key = one.key;
    action.reason = one.reason;
  }
  return actions;
}

const char* to_string(ActionKind kind) {
  switch (kind) {
  case ActionKind::create:
    return "create";
  case ActionKind::update:
    return "update";
  case ActionKind::delete_:
    return "delete";
  case ActionKind::skip:
    return "skip";
  case ActionKind::hold:
    return "hold";
  }
  return "";
}

}  // namespace calmux
