#include "mappings/resolve.h"

#include <algorithm>
#include <set>

#include "mappings/event_span.h"

namespace calmux {
namespace {

using std::chrono::sys_seconds;

/// An object that the destination should hold, before it is compared with what is known.
struct Wanted {
  std::string key;
  CalendarObject content;
  std::vector<std::string> source_event_ids;
  std::string note;  ///< what is worth saying about it
};

/// An event that gets no object of its own.
struct Unwanted {
  std::string key;
  std::string reason;
};

struct Plan {
  std::vector<Wanted> wanted;
  std::vector<Unwanted> unwanted;
};

/// The group's series, if it is one: what its members name as their master.
std::string series_of(std::span<const SourceEvent> group) {
  for (const auto& member : group) {
    if (!member.event.series_id.empty()) return member.event.series_id;
  }
  for (const auto& member : group) {
    if (member.event.type == EventType::master) return member.event.source_event_id;
  }
  return {};
}

Wanted alone(const SourceEvent& member, std::string note) {
  Wanted wanted{member.event.source_event_id, {{}, member.event, {}}, {member.event.source_event_id}, std::move(note)};
  // A lone RECURRENCE-ID has no master to refer to: several servers refuse it, and phones do not show it.
  wanted.content.main.recurrence_id.reset();
  if (!member.event.series_id.empty()) wanted.content.main.recurrence.reset();
  return wanted;
}

void plan_alone(Plan& plan, const SourceEvent& member, std::string note) {
  const auto& key = member.event.source_event_id;
  if (member.deleted) {
    plan.unwanted.push_back({key, "deleted at the source"});
  } else if (member.event.cancelled) {
    plan.unwanted.push_back({key, "cancelled at the source"});
  } else {
    plan.wanted.push_back(alone(member, std::move(note)));
  }
}

void plan_series(Plan& plan, const SourceEvent& master, std::span<const SourceEvent* const> members,
                 const ResolveRules& rules) {
  Series series = assemble_series(master, members, rules.to_instant);
  std::string note = "series with " + std::to_string(series.object.overrides.size()) + " changed occurrences";
  plan.wanted.push_back(
      {master.event.source_event_id, std::move(series.object), std::move(series.source_event_ids), std::move(note)});
  for (const auto* member : series.apart) {
    plan.wanted.push_back(alone(*member, "its original start is unknown, so it stands beside its series"));
  }
  for (const auto* member : members) {
    if (std::find(series.apart.begin(), series.apart.end(), member) != series.apart.end()) continue;
    const bool dated = member->event.recurrence_id.has_value();
    plan.unwanted.push_back(
        {member->event.source_event_id,
         dated ? "part of its series' object" : "gone; its original start is unknown, so its series keeps the date"});
  }
}

/// Without a rule the occurrences are all that is known of a series; the master would only double the first of them.
void plan_ruleless(Plan& plan, const SourceEvent& master, std::span<const SourceEvent* const> members) {
  for (const auto* member : members)
    plan_alone(plan, *member, "single occurrence; the rule of its series is not known");
  if (plan.wanted.empty()) {
    plan_alone(plan, master, "");
  } else {
    plan.unwanted.push_back({master.event.source_event_id, "a series without a rule: its occurrences stand for it"});
  }
}

bool has_rule(const Event& event) {
  return event.recurrence && !(event.recurrence->rrule.empty() && event.recurrence->rdates.empty());
}

/// The master is gone. Its occurrences went with it, unless the source spoke of one later, or the master was never
/// known: then its deletion may only mean that it lies outside the trigger's window.
void plan_without_master(Plan& plan, const SourceEvent& master, std::span<const SourceEvent* const> members) {
  plan_alone(plan, master, {});
  const bool was_known = master.event.type == EventType::master;
  for (const auto* member : members) {
    const bool later = member->version.modified > master.version.modified;
    if (!was_known || (master.deleted && later)) {
      plan_alone(plan, *member, "single occurrence");
    } else {
      plan.unwanted.push_back({member->event.source_event_id, master.deleted
                                                                  ? "its series was deleted at the source"
                                                                  : "its series was cancelled at the source"});
    }
  }
}

Plan plan_group(std::span<const SourceEvent> group, const ResolveRules& rules) {
  Plan plan;
  const std::string series = series_of(group);
  const SourceEvent* master = nullptr;
  std::vector<const SourceEvent*> members;
  for (const auto& member : group) {
    if (!series.empty() && member.event.source_event_id == series) {
      master = &member;
    } else {
      members.push_back(&member);
    }
  }
  if (master && !master->deleted && !master->event.cancelled) {
    if (has_rule(master->event)) {
      plan_series(plan, *master, members, rules);
    } else {
      plan_ruleless(plan, *master, members);
    }
  } else if (master) {
    plan_without_master(plan, *master, members);
  } else {
    for (const auto* member : members)
      plan_alone(plan, *member, series.empty() ? "" : "single occurrence; its series is not known");
  }
  return plan;
}

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
  wanted.content.uid = known ? known->uid : mint_uid(rules.workspace, rules.source_id, wanted.key);
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
    action.kind = same ? ActionKind::skip : ActionKind::update;
    action.reason = (same ? "nothing that a reader sees differs" : known->desired ? "changed" : "wanted again") + note;
  }
  action.content = std::move(wanted.content);
  return action;
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

}  // namespace

std::vector<Action> resolve(std::span<const SourceEvent> group, std::span<const KnownObject> known,
                            const ResolveRules& rules, sys_seconds now) {
  Plan plan = plan_group(group, rules);
  std::vector<Action> actions;
  std::set<std::int64_t> kept;
  for (auto& wanted : plan.wanted) {
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const auto& object) { return object.object_key == wanted.key; });
    if (found != known.end()) kept.insert(found->id);
    actions.push_back(decide(std::move(wanted), found == known.end() ? nullptr : &*found, rules, now));
  }
  std::set<std::string> told;  // which events an action speaks of already
  for (const auto& action : actions) told.insert(action.source_event_ids.begin(), action.source_event_ids.end());
  for (const auto& object : known) {
    if (kept.contains(object.id)) continue;
    const auto why = std::find_if(plan.unwanted.begin(), plan.unwanted.end(),
                                  [&](const auto& unwanted) { return unwanted.key == object.object_key; });
    actions.push_back(remove(object, why == plan.unwanted.end() ? "" : why->reason));
    told.insert(object.object_key);
  }
  for (const auto& unwanted : plan.unwanted) {
    if (told.contains(unwanted.key)) continue;
    Action& action = actions.emplace_back();
    action.object_key = unwanted.key;
    action.reason = unwanted.reason;
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
