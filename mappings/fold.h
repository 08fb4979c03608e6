#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mappings/event.h"

namespace calmux {

enum class Operation { create, update, delete_ };

/// Where a statement of a source stands among the others: by the source's own clock, then by arrival. A statement
/// without a version stands at the end of the second in which it was received, so that all statements have one order;
/// in a stored state that time is filled in.
struct SourceVersion {
  std::optional<SourceTime> modified;  ///< lastModifiedDateTime; absent in sparse payloads
  std::int64_t arrival = 0;            ///< inbox id
  bool operator==(const SourceVersion&) const = default;
};

/// One decoded delivery of one event.
struct EventDelivery {
  Operation operation = Operation::create;
  /// May be absent for a deletion, of which only `source_event_id` is read: it names the tombstone of an event never
  /// seen.
  std::optional<Event> event;
  SourceVersion version;
  std::chrono::sys_seconds received;
};

/// What the deciding statement overruled. It keeps folding exact when deliveries come more than a grace period late; a
/// store may drop it, and an event for which only this differs need not be written.
struct FoldMemory {
  std::optional<SourceVersion> other;  ///< of `event` for a tombstone; for a live event of a deletion that was no proof
  std::optional<std::chrono::sys_seconds> other_deleted_at;  ///< when that deletion was received
  std::optional<std::chrono::sys_seconds> added_at;          ///< when the last "added" was received
  bool operator==(const FoldMemory&) const = default;
};

/// What one source says of one event now: the row of `source_events`.
struct SourceEvent {
  Event event;            ///< for a tombstone, what was last known (id alone if nothing was)
  SourceVersion version;  ///< for a tombstone, the deletion's
  bool deleted = false;
  std::optional<std::chrono::sys_seconds> deleted_at;  ///< when the deletion was received
  FoldMemory memory{};
  bool operator==(const SourceEvent&) const = default;
};

/// What became of one delivery. Persisted by name in `inbox.outcome` and `sync_history`.
enum class FoldOutcome {
  applied,          ///< it changed what a reader of the calendar sees
  unchanged,        ///< newer or equal, but nothing visible differs
  stale,            ///< older than what is known
  late,             ///< an update that precedes the known deletion: it does not revive the event
  outside_window,   ///< "deleted" for an event outside the trigger's window is not proof of deletion
  already_deleted,  ///< the tombstone is there
};

struct FoldStep {
  FoldOutcome outcome = FoldOutcome::applied;
  std::string reason;  ///< one sentence for the event's trace
};

struct FoldRules {
  std::chrono::days past{50};     ///< the trigger's pastDays
  std::chrono::days future{300};  ///< the trigger's incomingDays
  /// An event that left the window comes back as "added" with its old version; before this time such a post is a late
  /// arrival.
  std::chrono::hours late_grace{24};
};

struct FoldResult {
  std::optional<SourceEvent> state;  ///< absent only if there was none and nothing was applied
  std::vector<FoldStep> steps;       ///< one for each delivery, in the order given
  bool changed = false;  ///< something changed that a reader sees or a series needs: the group must be resolved
  /// The row differs from `current` and must be stored. A newer version counts; a later arrival of the same statement
  /// does not.
  bool touched = false;
};

/// Folds deliveries of one event, in any order, into what is known of it. Pure: the same set gives the same state in
/// every order and in every split into batches, as long as the whole state is handed on.
///
/// Of the statements that the event exists the newest counts, of the deletions too; the event is deleted if the
/// deletion is the newer one (or of the same version), unless an "added" was received more than `late_grace` after it,
/// or the event's time lies outside the trigger's window around the deletion. Of two statements of one version the
/// later arrival counts. Where several deletions were received so far apart that the window differs between them, one
/// that is proof is kept before one that is not. A statement replaces the whole event; only a tombstone keeps what was
/// last known. A blank clears a field.
FoldResult fold(const std::optional<SourceEvent>& current, std::span<const EventDelivery> deliveries,
                const FoldRules& rules);

const char* to_string(FoldOutcome outcome);
const char* to_string(Operation operation);

}  // namespace calmux
