#include "mappings/fold.h"

#include <algorithm>
#include <numeric>

#include "mappings/fold_window.h"

namespace calmux {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::chrono::microseconds end_of_second{999'999};

/// A statement that the event exists.
struct Said {
  Event event;
  SourceVersion version;
};

/// A statement that it does not.
struct Removed {
  SourceVersion version;
  sys_seconds received;
};

/// What `SourceEvent` stores, taken apart: each part only ever moves to a newer statement, which is why order does not
/// matter.
struct Known {
  std::string id;
  std::optional<Said> said;
  std::optional<Removed> removed;  ///< only while nothing newer was said
  std::optional<sys_seconds> added;
};

SourceVersion placed(const EventDelivery& delivery) {
  if (delivery.version.modified) return delivery.version;
  return {SourceTime{delivery.received} + end_of_second, delivery.version.arrival};
}

bool came_without_version(SourceTime time) {
  return time - std::chrono::floor<seconds>(time) == end_of_second;
}

/// Strict total order. At one version a deletion comes after the statements it deletes, whichever arrived first;
/// statements that carry no version can only be told apart by arrival.
bool precedes(const SourceVersion& left, bool left_deletes, const SourceVersion& right, bool right_deletes) {
  const auto l = left.modified.value_or(SourceTime::min());
  const auto r = right.modified.value_or(SourceTime::min());
  if (l != r) return l < r;
  if (left_deletes != right_deletes && !came_without_version(l)) return right_deletes;
  return left.arrival < right.arrival;
}

bool removed_after_said(const Known& known) {
  return known.removed && (!known.said || precedes(known.said->version, false, known.removed->version, true));
}

bool added_again(const Known& known, const FoldRules& rules) {
  return known.added && known.removed && *known.added > known.removed->received + rules.late_grace;
}

bool is_deleted(const Known& known, const FoldRules& rules) {
  if (!removed_after_said(known)) return false;
  if (!known.said) return true;
  return !added_again(known, rules) && may_be_in_window(known.said->event, known.removed->received, rules);
}

Event id_alone(const std::string& id) {
  Event event;
  event.source_event_id = id;
  return event;
}

Known known_from(const SourceEvent& state) {
  Known known;
  known.id = state.event.source_event_id;
  known.added = state.memory.added_at;
  SourceVersion version = state.version;
  if (!version.modified) version.modified = state.event.last_modified;
  if (!state.deleted) {
    known.said = Said{state.event, version};
    if (state.memory.other && state.memory.other_deleted_at) {
      known.removed = Removed{*state.memory.other, *state.memory.other_deleted_at};
    }
    return known;
  }
  const auto at = std::chrono::floor<seconds>(version.modified.value_or(SourceTime{}));
  known.removed = Removed{version, state.deleted_at.value_or(at)};
  if (state.event != id_alone(known.id)) {
    known.said = Said{state.event, state.memory.other.value_or(SourceVersion{state.event.last_modified, 0})};
  }
  return known;
}

SourceEvent state_of(const Known& known, const FoldRules& rules) {
  SourceEvent state;
  state.event = known.said ? known.said->event : id_alone(known.id);
  state.deleted = is_deleted(known, rules);
  state.memory.added_at = known.added;
  if (state.deleted) {
    state.version = known.removed->version;
    state.deleted_at = known.removed->received;
    if (known.said) state.memory.other = known.said->version;
  } else {
    state.version = known.said->version;
    if (known.removed) {
      state.memory.other = known.removed->version;
      state.memory.other_deleted_at = known.removed->received;
    }
  }
  return state;
}

/// What resolving looks at: equal texts need no new decision. A deleted occurrence still excludes itself from its
/// series.
std::string decisive(const Known& known, bool deleted) {
  if (!known.said) return {};
  const Event& event = known.said->event;
  if (deleted && event.series_id.empty()) return {};
  Event rest = event;
  if (deleted) {
    rest = Event{};
    rest.recurrence_id = event.recurrence_id;
  }
  std::string text = deleted ? "deleted" : "live";
  for (const auto& part : {event.source_event_id, event.series_id, event.uid}) text += '\n' + part;
  if (event.cancellation_unstated) text += "\nno word of a cancellation";
  return text + '\n' + std::to_string(static_cast<int>(event.type)) + '\n' + significant_content(rest);
}

/// Whether decisive() has nothing to say; cheap.
bool shows_nothing(const Known& known, bool deleted) {
  return !known.said || (deleted && known.said->event.series_id.empty());
}

bool decides_alike(const Known& left, bool left_deleted, const Known& right, bool right_deleted) {
  const bool nothing = shows_nothing(left, left_deleted);
  if (nothing || shows_nothing(right, right_deleted)) return nothing == shows_nothing(right, right_deleted);
  return decisive(left, left_deleted) == decisive(right, right_deleted);
}

/// The newer deletion counts, but never one that is no proof in place of one that is.
bool replaces(const Removed& next, const Known& known, const FoldRules& rules) {
  if (!known.removed) return true;
  if (known.said) {
    const bool proof = may_be_in_window(known.said->event, known.removed->received, rules);
    const bool next_proof = may_be_in_window(known.said->event, next.received, rules);
    if (proof != next_proof) return next_proof;
  }
  return precedes(known.removed->version, true, next.version, true);
}

FoldStep fold_deletion(Known& known, const EventDelivery& delivery, const FoldRules& rules) {
  const Removed next{placed(delivery), delivery.received};
  if (known.id.empty() && delivery.event) known.id = delivery.event->source_event_id;
  const bool was_deleted = is_deleted(known, rules);
  const bool was_known = known.said.has_value();
  if (known.said && precedes(next.version, true, known.said->version, false)) {
    return {FoldOutcome::stale, "The deletion is older than what is known of the event."};
  }
  if (replaces(next, known, rules)) known.removed = next;
  if (was_deleted) return {FoldOutcome::already_deleted, "The event was deleted before."};
  if (!was_known) {
    return {FoldOutcome::unchanged, "The deleted event was not known; remembered in case its creation arrives late."};
  }
  if (is_deleted(known, rules)) return {FoldOutcome::applied, "The source deleted the event."};
  if (added_again(known, rules)) return {FoldOutcome::stale, "The event was added again after this deletion."};
  return {FoldOutcome::outside_window,
          "Not taken as proof: the event lies outside the window that the trigger watches, where everything reads as "
          "deleted."};
}

FoldStep fold_statement(Known& known, const EventDelivery& delivery, const FoldRules& rules) {
  if (!delivery.event) return {FoldOutcome::stale, "The delivery carries no event."};
  const bool was_deleted = is_deleted(known, rules);
  const Known before = known;
  Said next{*delivery.event, placed(delivery)};
  known.id = next.event.source_event_id;
  const bool repeated =
      known.said && known.said->version.modified == next.version.modified && known.said->event == next.event;
  const bool newer = !known.said || precedes(known.said->version, false, next.version, false);
  if (newer) known.said = std::move(next);
  if (delivery.operation == Operation::create) {
    known.added = known.added ? std::max(*known.added, delivery.received) : delivery.received;
  }
  const bool deleted = is_deleted(known, rules);
  if (!removed_after_said(known)) known.removed.reset();

  if (deleted) return {FoldOutcome::late, "It precedes the deletion that is known, and does not revive the event."};
  if (was_deleted) return {FoldOutcome::applied, "The deleted event is there again."};
  if (repeated) return {FoldOutcome::unchanged, "The same statement was known."};
  if (!newer) return {FoldOutcome::stale, "A newer version of the event is known."};
  if (decides_alike(before, was_deleted, known, deleted)) {
    return {FoldOutcome::unchanged, "Nothing that a reader sees differs."};
  }
  return {FoldOutcome::applied, shows_nothing(before, was_deleted) ? "The event is new." : "The event changed."};
}

/// Arrival alone and the memory are worth no write, nor is the time at which a source without versions said the same
/// again.
bool same_row(const SourceEvent& left, const SourceEvent& right) {
  if (left.event != right.event || left.deleted != right.deleted || left.deleted_at != right.deleted_at) return false;
  const auto &l = left.version.modified, &r = right.version.modified;
  return l == r || (!left.deleted && l && r && came_without_version(*l) && came_without_version(*r));
}

}  // namespace

FoldResult fold(const std::optional<SourceEvent>& current, std::span<const EventDelivery> deliveries,
                const FoldRules& rules) {
  const Known before = current ? known_from(*current) : Known{};
  Known known = before;

  // The state does not depend on the order, but the trace reads as a story in the source's order.
  std::vector<std::size_t> order(deliveries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t l, std::size_t r) {
    const auto &left = deliveries[l], &right = deliveries[r];
    return precedes(placed(left), left.operation == Operation::delete_, placed(right),
                    right.operation == Operation::delete_);
  });

  FoldResult result;
  result.steps.resize(deliveries.size());
  for (const auto i : order) {
    const auto& delivery = deliveries[i];
    result.steps[i] = delivery.operation == Operation::delete_ ? fold_deletion(known, delivery, rules)
                                                               : fold_statement(known, delivery, rules);
  }
  if (!known.said && !known.removed) return result;

  result.state = state_of(known, rules);
  const bool was_deleted = is_deleted(before, rules);
  result.changed = !decides_alike(before, was_deleted, known, result.state->deleted);
  result.touched = !current || !same_row(state_of(before, rules), *result.state);
  return result;
}

const char* to_string(FoldOutcome outcome) {
  switch (outcome) {
  case FoldOutcome::applied:
    return "applied";
  case FoldOutcome::unchanged:
    return "unchanged";
  case FoldOutcome::stale:
    return "stale";
  case FoldOutcome::late:
    return "late";
  case FoldOutcome::outside_window:
    return "outside_window";
  case FoldOutcome::already_deleted:
    return "already_deleted";
  }
  return "";
}

const char* to_string(Operation operation) {
  switch (operation) {
  case Operation::create:
    return "create";
  case Operation::update:
    return "update";
  case Operation::delete_:
    return "delete";
  }
  return "";
}

}  // namespace calmux
