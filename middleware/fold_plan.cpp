#include "middleware/fold_plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "mappings/group_key.h"

namespace calmux {
namespace {

using EventId = std::pair<std::string, std::string>;  // source id, source event id
using GroupId = std::pair<std::string, std::string>;  // source id, group key

/// What one delivery states of one event.
struct Statement {
  std::size_t delivery = 0;  ///< index of the delivery it came with
  bool whole = false;        ///< its sender sees the whole calendar object, whatever the trigger's window
  EventDelivery event;
};

/// The batch while it is being planned.
struct Draft {
  std::map<EventId, SourceEvent> known;
  std::map<EventId, std::string> stored_in;   ///< group keys of what is stored
  std::map<EventId, std::string> group_keys;  ///< of what is known, once the batch is folded
  std::map<EventId, std::vector<Statement>> statements;
  std::map<GroupId, std::vector<KnownObject>> objects;
  std::set<EventId> changed;
  std::vector<std::vector<FoldStep>> steps;  ///< of each delivery
};

void load(Draft& draft, std::span<const postgres::Group> groups) {
  for (const auto& group : groups) {
    for (const auto& event : group.events) {
      draft.known.insert_or_assign({group.source_id, event.event.source_event_id}, event);
      draft.stored_in[{group.source_id, event.event.source_event_id}] = group.group_key;
    }
    auto& objects = draft.objects[{group.source_id, group.group_key}];
    objects.insert(objects.end(), group.objects.begin(), group.objects.end());
  }
}

void state(Draft& draft, std::size_t index, const DecodedDelivery& decoded) {
  const auto& delivery = decoded.delivery;
  const auto add = [&](Event event, Operation operation) {
    EventDelivery statement;
    statement.operation = operation;
    statement.version = {event.last_modified, delivery.id};
    statement.received = delivery.received;
    const EventId id{delivery.source_id, event.source_event_id};
    statement.event = std::move(event);
    draft.statements[id].push_back({index, delivery.media == postgres::Media::icalendar, std::move(statement)});
  };
  const bool whole = delivery.media == postgres::Media::icalendar && delivery.operation != Operation::delete_;
  const auto& front = decoded.events.front();
  const auto main = draft.known.find({delivery.source_id, delivery.source_event_id});
  if (whole && main != draft.known.end() && front.last_modified &&
      main->second.version.modified > front.last_modified) {
    return add(front, delivery.operation);  // stale, and so are the overrides that came with it
  }
  for (const auto& event : decoded.events) add(event, delivery.operation);
  if (!whole) return;
  // A posted calendar object is the whole resource: an override that it no longer holds was removed (RFC 4791
  // section 4.1).
  std::set<EventId> overrides;
  for (const auto& [id, known] : draft.known) {
    if (!known.deleted && known.event.series_id == delivery.source_event_id) overrides.insert(id);
  }
  for (const auto& [id, statements] : draft.statements) {  // of the deliveries before this one
    if (std::ranges::any_of(
            statements, [&](const Statement& one) { return one.event.event->series_id == delivery.source_event_id; })) {
      overrides.insert(id);
    }
  }
  for (const auto& id : overrides) {
    if (id.first != delivery.source_id) continue;
    if (std::ranges::find(decoded.events, id.second, &Event::source_event_id) != decoded.events.end()) continue;
    Event removed;
    removed.source_event_id = id.second;
    removed.last_modified = front.last_modified;
    add(std::move(removed), Operation::delete_);
  }
}

/// Which events' rows differ from what is stored.
std::set<EventId> fold_all(Draft& draft, const FoldRules& rules) {
  std::set<EventId> touched;
  for (auto& [id, statements] : draft.statements) {
    const auto known = draft.known.find(id);
    const auto before = known == draft.known.end() ? std::nullopt : std::optional(known->second);
    std::vector<EventDelivery> deliveries;
    deliveries.reserve(statements.size());
    for (auto& statement : statements) deliveries.push_back(std::move(statement.event));
    const bool whole = std::ranges::any_of(statements, &Statement::whole);
    auto folded =
        fold(before, deliveries,
             whole ? FoldRules{std::chrono::days{36'500}, std::chrono::days{36'500}, rules.late_grace} : rules);
    for (std::size_t i = 0; i < statements.size(); ++i)
      draft.steps[statements[i].delivery].push_back(std::move(folded.steps[i]));
    if (!folded.state) continue;
    // Of an occurrence it also matters whether it was told of before or after its series.
    const bool newer_occurrence = folded.touched && !folded.state->event.series_id.empty();
    if (folded.changed || newer_occurrence) draft.changed.insert(id);
    if (folded.touched) touched.insert(id);
    draft.known.insert_or_assign(id, std::move(*folded.state));
  }
  return touched;
}

/// Which events belong together may be another question than before, also for those that were not spoken of.
void regroup(Draft& draft) {
  std::map<std::string, std::vector<const Event*>> by_source;
  for (const auto& [id, known] : draft.known) by_source[id.first].push_back(&known.event);
  for (const auto& [source, events] : by_source) {
    for (auto& [event, key] : group_keys_of(events)) draft.group_keys[{source, event}] = std::move(key);
  }
  for (const auto& [id, stored] : draft.stored_in) {
    if (draft.group_keys.at(id) != stored) draft.changed.insert(id);
  }
}

/// The groups of the changed events, and those that they belonged to.
std::set<GroupId> changed_groups(const Draft& draft) {
  std::set<GroupId> left;
  std::set<GroupId> groups;
  for (const auto& id : draft.changed) {
    groups.insert({id.first, draft.group_keys.at(id)});
    if (const auto stored = draft.stored_in.find(id); stored != draft.stored_in.end())
      left.insert({id.first, stored->second});
  }
  for (const auto& [id, stored] : draft.stored_in) {
    if (left.contains({id.first, stored})) groups.insert({id.first, draft.group_keys.at(id)});
  }
  return groups;
}

/// An object stands for an event; where the event moved to another group, its object moves along instead of being made
/// twice.
std::set<std::int64_t> move_objects_with_their_events(Draft& draft) {
  std::set<std::int64_t> ids;
  std::vector<std::pair<GroupId, KnownObject>> moved;
  for (auto& [group, objects] : draft.objects) {
    std::erase_if(objects, [&, &group = group](KnownObject& object) {
      const auto key = draft.group_keys.find({group.first, object.object_key});
      if (key == draft.group_keys.end() || key->second == group.second) return false;
      moved.emplace_back(GroupId{group.first, key->second}, std::move(object));
      return true;
    });
  }
  for (auto& [group, object] : moved) {
    ids.insert(object.id);
    draft.objects[group].push_back(std::move(object));
  }
  return ids;
}

std::map<GroupId, std::vector<Action>> resolve_changed(Draft& draft, const PlanRules& rules,
                                                       std::chrono::sys_seconds now) {
  std::map<GroupId, std::vector<SourceEvent>> members;
  for (const auto& [id, event] : draft.known) members[{id.first, draft.group_keys.at(id)}].push_back(event);
  std::map<GroupId, std::vector<Action>> actions;
  for (const auto& group : changed_groups(draft)) {
    actions[group] = resolve(
        members[group], draft.objects[group],
        {rules.workspace, group.first, rules.max_event_age, rules.to_instant, rules.cancelled, rules.recurs}, now);
  }
  return actions;
}

/// The action that tells what became of an event: of its own object, else of the one that shows it, else of its
/// series'.
const Action* action_for(const std::vector<Action>& actions, const std::string& source_event_id,
                         const std::string& series_id) {
  const Action* best = nullptr;
  for (const auto& action : actions) {
    if (action.kind == ActionKind::delete_) continue;
    if (action.object_key == source_event_id && action.kind != ActionKind::skip) return &action;
    const bool shows =
        action.content && std::ranges::find(action.source_event_ids, source_event_id) != action.source_event_ids.end();
    if (shows) best = &action;
    if (best == nullptr && action.object_key == series_id) best = &action;
  }
  if (best != nullptr) return best;
  const auto own = std::ranges::find(actions, source_event_id, &Action::object_key);
  return own == actions.end() ? nullptr : &*own;
}

/// A delivery that carried several events is as far along as the most effective of its steps.
const FoldStep& telling_step(const std::vector<FoldStep>& steps) {
  return *std::ranges::min_element(steps, {}, &FoldStep::outcome);
}

postgres::Finished finished(const DecodedDelivery& decoded, const Draft& draft, std::size_t index,
                            const std::map<GroupId, std::vector<Action>>& actions) {
  const auto& delivery = decoded.delivery;
  postgres::Finished result;
  result.inbox_id = delivery.id;
  result.source_id = delivery.source_id;
  result.source_event_id = delivery.source_event_id;
  result.request_id = delivery.request_id;
  result.operation = to_string(delivery.operation);
  for (const auto& event : decoded.events)
    result.warnings.insert(result.warnings.end(), event.warnings.begin(), event.warnings.end());

  const auto& step = telling_step(draft.steps[index]);
  result.outcome = to_string(step.outcome);
  result.reason = step.reason;
  const auto group = draft.group_keys.find({delivery.source_id, delivery.source_event_id});
  const auto& group_key = group == draft.group_keys.end() ? delivery.source_event_id : group->second;
  const auto known = draft.known.find({delivery.source_id, delivery.source_event_id});
  const auto series_id = known == draft.known.end() ? std::string() : known->second.event.series_id;
  const auto decided = actions.find({delivery.source_id, group_key});
  if (decided == actions.end()) {
    const auto objects = draft.objects.find({delivery.source_id, group_key});
    if (objects == draft.objects.end()) return result;
    for (const auto& key : {delivery.source_event_id, series_id}) {
      const auto object = std::ranges::find(objects->second, key, &KnownObject::object_key);
      if (object != objects->second.end() && (object->desired || key == delivery.source_event_id))
        result.object_key = key;
      if (!result.object_key.empty()) break;
    }
    return result;
  }
  if (const auto* action = action_for(decided->second, delivery.source_event_id, series_id)) {
    result.object_key = action->object_key;
    if (step.outcome == FoldOutcome::applied) {
      result.outcome = to_string(action->kind);
      result.reason = action->reason;
    }
  }
  return result;
}

}  // namespace

std::vector<postgres::EventRef> refs_of(std::span<const DecodedDelivery> deliveries) {
  std::vector<postgres::EventRef> refs;
  for (const auto& decoded : deliveries) {
    const auto& delivery = decoded.delivery;
    for (const auto& event : decoded.events)
      refs.push_back({delivery.source_id, event.source_event_id, event.series_id, group_keys_named_by(event)});
  }
  return refs;
}

postgres::Plan plan(std::span<const DecodedDelivery> deliveries, std::span<const postgres::Group> groups,
                    const PlanRules& rules, std::chrono::sys_seconds now) {
  Draft draft;
  draft.steps.resize(deliveries.size());
  load(draft, groups);
  for (std::size_t i = 0; i < deliveries.size(); ++i) state(draft, i, deliveries[i]);

  postgres::Plan result;
  auto touched = fold_all(draft, rules.fold);
  regroup(draft);
  for (const auto& [id, stored] : draft.stored_in) {
    if (draft.group_keys.at(id) != stored) touched.insert(id);
  }
  for (const auto& id : touched) result.events.push_back({id.first, draft.group_keys.at(id), draft.known.at(id)});
  const auto moved = move_objects_with_their_events(draft);
  const auto actions = resolve_changed(draft, rules, now);

  std::map<GroupId, std::string> brought_by;  // the last delivery of a group names the request of its writes
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    result.finished.push_back(finished(deliveries[i], draft, i, actions));
    const auto& delivery = deliveries[i].delivery;
    const auto group = draft.group_keys.find({delivery.source_id, delivery.source_event_id});
    if (group != draft.group_keys.end()) brought_by[{delivery.source_id, group->second}] = delivery.request_id;
  }
  for (const auto& [group, group_actions] : actions) {
    for (const auto& action : group_actions) {
      auto kept = action;
      // What only moved to another group is stored too, so that the group finds it again; the writer sees that nothing
      // changed.
      if (kept.kind == ActionKind::skip && kept.content && kept.object_id && moved.contains(*kept.object_id))
        kept.kind = ActionKind::update;
      if (kept.kind == ActionKind::skip) continue;
      result.actions.push_back({group.first, group.second, kept, kept.content ? kept.content->uid : "",
                                mint_uid(rules.workspace, group.first, kept.object_key), brought_by[group]});
    }
  }
  return result;
}

}  // namespace calmux
