#include "mappings/wanted.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "mappings/date_text.h"

namespace calmux {
namespace {

/// One telling of a meeting: a single event, or a series with its occurrences and exceptions.
using Telling = std::vector<const SourceEvent*>;

/// The series that is told of, if it is one: what its members name as their master.
std::string series_of(const Telling& telling) {
  for (const auto* member : telling) {
    if (!member->event.series_id.empty()) return member->event.series_id;
  }
  for (const auto* member : telling) {
    if (member->event.type == EventType::master) return member->event.source_event_id;
  }
  return {};
}

Wanted alone(const SourceEvent& member, std::string note, const WantRules& rules) {
  Wanted wanted{
      member.event.source_event_id, {{}, member.event, {}}, {member.event.source_event_id}, std::move(note), &member};
  wanted.content.main.cancelled = is_cancelled(member.event, rules.cancelled);
  // A lone RECURRENCE-ID has no master to refer to: several servers refuse it, and phones do not show it.
  wanted.content.main.recurrence_id.reset();
  if (!member.event.series_id.empty()) wanted.content.main.recurrence.reset();
  return wanted;
}

void want_alone(Wants& wants, const SourceEvent& member, std::string note, const WantRules& rules) {
  const auto& key = member.event.source_event_id;
  if (member.deleted) {
    wants.unwanted.push_back({key, "deleted at the source"});
  } else if (is_gone(member, rules.cancelled)) {
    wants.unwanted.push_back(
        {key, member.event.cancelled ? "cancelled at the source" : "cancelled at the source, as its title says"});
  } else {
    wants.wanted.push_back(alone(member, std::move(note), rules));
  }
}

/// `strays` are occurrences that other tellings know of.
void want_series(Wants& wants, const SourceEvent& master, std::span<const SourceEvent* const> members,
                 std::span<const SourceEvent* const> strays, const WantRules& rules) {
  Series series = assemble_series(master, members, strays, rules);
  std::string note = "series with " + std::to_string(series.object.overrides.size()) + " changed occurrences";
  if (!series.outdated.empty())
    note += "; without " + std::to_string(series.outdated.size()) + " told before, whose dates its rule has no more";
  wants.wanted.push_back({master.event.source_event_id, std::move(series.object), std::move(series.source_event_ids),
                          std::move(note), &master});
  for (const auto* member : series.apart) {
    wants.wanted.push_back(alone(*member, "its original start is unknown, so it stands beside its series", rules));
  }
  for (const auto* member : members) {
    if (std::ranges::find(series.apart, member) != series.apart.end()) continue;
    if (std::ranges::find(series.outdated, member) != series.outdated.end()) {
      wants.unwanted.push_back(
          {member->event.source_event_id, "its series has its date no more, by a rule that came later"});
      continue;
    }
    const bool dated = member->event.recurrence_id.has_value();
    wants.unwanted.push_back(
        {member->event.source_event_id,
         dated ? "part of its series' object" : "gone; its original start is unknown, so its series keeps the date"});
  }
  for (const auto* stray : strays)
    wants.unwanted.push_back({stray->event.source_event_id, "part of the object of its series' newer id"});
}

/// The series has become a single event. Its occurrences went with it, but not those that the source spoke of
/// afterwards.
void want_single(Wants& wants, const SourceEvent& single, std::span<const SourceEvent* const> members,
                 const WantRules& rules) {
  want_alone(wants, single, "", rules);
  for (const auto* member : members) {
    if (member->version.modified > single.version.modified) {
      want_alone(wants, *member, "single occurrence; its series is a single event", rules);
    } else {
      wants.unwanted.push_back({member->event.source_event_id, "its series has become a single event"});
    }
  }
}

/// Without a rule the occurrences are all that is known of a series; the master would only double the first of them.
void want_ruleless(Wants& wants, const SourceEvent& master, std::span<const SourceEvent* const> members,
                   const WantRules& rules) {
  for (const auto* member : members)
    want_alone(wants, *member, "single occurrence; the rule of its series is not known", rules);
  if (wants.wanted.empty()) {
    want_alone(wants, master, "", rules);
  } else {
    wants.unwanted.push_back({master.event.source_event_id, "a series without a rule: its occurrences stand for it"});
  }
}

bool has_rule(const Event& event) {
  return event.recurrence && !(event.recurrence->rrule.empty() && event.recurrence->rdates.empty());
}

/// The master is gone. Its occurrences went with it, unless the source spoke of one later, or the master was never
/// known: then its deletion may only mean that it lies outside the trigger's window.
void want_without_master(Wants& wants, const SourceEvent& master, std::span<const SourceEvent* const> members,
                         const WantRules& rules) {
  want_alone(wants, master, {}, rules);
  const bool was_known = master.event.type == EventType::master;
  for (const auto* member : members) {
    const bool later = member->version.modified > master.version.modified;
    if (!was_known || (master.deleted && later)) {
      want_alone(wants, *member, "single occurrence", rules);
    } else {
      wants.unwanted.push_back({member->event.source_event_id, master.deleted
                                                                   ? "its series was deleted at the source"
                                                                   : "its series was cancelled at the source"});
    }
  }
}

Wants wants_of_telling(const Telling& telling, std::span<const SourceEvent* const> strays, const WantRules& rules) {
  Wants wants;
  const std::string series = series_of(telling);
  const SourceEvent* master = nullptr;
  std::vector<const SourceEvent*> members;
  for (const auto* member : telling) {
    if (!series.empty() && member->event.source_event_id == series) {
      master = member;
    } else {
      members.push_back(member);
    }
  }
  if (master && !is_gone(*master, rules.cancelled)) {
    if (has_rule(master->event)) {
      want_series(wants, *master, members, strays, rules);
    } else if (master->event.type == EventType::single) {
      want_single(wants, *master, members, rules);
    } else {
      want_ruleless(wants, *master, members, rules);
    }
  } else if (master) {
    want_without_master(wants, *master, members, rules);
  } else {
    for (const auto* member : members)
      want_alone(wants, *member, series.empty() ? "" : "single occurrence; its series is not known", rules);
  }
  return wants;
}

/// In an order that does not depend on that of the group.
std::map<std::string, Telling> tellings_of(std::span<const SourceEvent> group) {
  std::map<std::string, Telling> tellings;
  for (const auto& member : group) {
    const auto& series = member.event.series_id;
    tellings[series.empty() ? member.event.source_event_id : series].push_back(&member);
  }
  return tellings;
}

bool newer(const SourceEvent& left, const SourceEvent& right) {
  if (left.event.created && right.event.created && left.event.created != right.event.created)
    return left.event.created > right.event.created;
  if (left.version.modified != right.version.modified) return left.version.modified > right.version.modified;
  return left.version.arrival > right.version.arrival;
}

/// Of the objects with one identity the newest stands for all.
void keep_newest(Wants& wants) {
  std::map<std::string, Wanted*> newest;
  for (auto& wanted : wants.wanted) {
    auto& best = newest[identity_of(wanted.stands_for->event)];
    if (best == nullptr || newer(*wanted.stands_for, *best->stands_for)) best = &wanted;
  }
  if (newest.size() == wants.wanted.size()) return;
  std::vector<Wanted> kept;
  for (auto& wanted : wants.wanted) {
    auto& best = *newest.at(identity_of(wanted.stands_for->event));
    if (&best == &wanted) continue;
    best.source_event_ids.insert(best.source_event_ids.end(), wanted.source_event_ids.begin(),
                                 wanted.source_event_ids.end());
    wants.unwanted.push_back({wanted.key, "'" + best.key + "' has the same UID and was created later"});
  }
  for (auto& wanted : wants.wanted) {
    if (newest.at(identity_of(wanted.stands_for->event)) == &wanted) kept.push_back(std::move(wanted));
  }
  wants.wanted = std::move(kept);
}

void append(Wants& wants, Wants more) {
  std::ranges::move(more.wanted, std::back_inserter(wants.wanted));
  std::ranges::move(more.unwanted, std::back_inserter(wants.unwanted));
}

/// The telling whose series shows what the others know of its occurrences.
const Telling* leading_series(const std::map<std::string, Telling>& tellings, const WantRules& rules) {
  const Telling* leading = nullptr;
  const SourceEvent* master = nullptr;
  for (const auto& [id, telling] : tellings) {
    const auto found = std::ranges::find(
        telling, id, [](const SourceEvent* member) -> const std::string& { return member->event.source_event_id; });
    if (found == telling.end() || is_gone(**found, rules.cancelled) || !has_rule((*found)->event)) continue;
    if (master != nullptr && !newer(**found, *master)) continue;
    leading = &telling;
    master = *found;
  }
  return leading;
}

}  // namespace

std::string identity_of(const Event& event) {
  if (event.uid.empty()) return event.source_event_id;
  if (event.recurrence_id) {
    return event.uid + '\n' +
           to_text(DateValue::date(
               std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(event.recurrence_id->local)}));
  }
  return event.series_id.empty() ? event.uid : event.source_event_id;
}

Wants wants_of(std::span<const SourceEvent> group, const WantRules& rules) {
  const auto tellings = tellings_of(group);
  if (tellings.size() == 1) return wants_of_telling(tellings.begin()->second, {}, rules);
  const auto* leading = leading_series(tellings, rules);
  Wants wants;
  std::vector<const SourceEvent*> strays;
  for (const auto& [id, telling] : tellings) {
    if (&telling == leading) continue;
    auto more = wants_of_telling(telling, {}, rules);
    if (leading != nullptr) {
      std::erase_if(more.wanted, [&](const Wanted& wanted) {
        const bool dated = wanted.stands_for->event.recurrence_id.has_value();
        if (dated) strays.push_back(wanted.stands_for);
        return dated;
      });
    }
    append(wants, std::move(more));
  }
  if (leading != nullptr) append(wants, wants_of_telling(*leading, strays, rules));
  keep_newest(wants);
  return wants;
}

}  // namespace calmux
