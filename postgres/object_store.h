#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mappings/calendar_object.h"
#include "mappings/error.h"
#include "postgres/pool.h"

namespace calmux::postgres {

/// An object whose desired version differs from the written one, claimed for writing.
struct ClaimedObject {
  std::int64_t id = 0;
  std::string uid;
  std::string href;  ///< empty until it was first written
  std::string etag;  ///< of what we last wrote; empty where nothing of ours is known to be there
  std::int64_t desired_version = 0;
  std::optional<CalendarObject> desired;  ///< absent: to be deleted
  std::string written_normalised;         ///< hash of the normalised text last written; empty where none
  std::chrono::sys_seconds
      desired_since;       ///< when this version was decided; becomes DTSTAMP where the source has no time
  int attempt = 0;         ///< this one included; counts since the version was decided
  std::string request_id;  ///< of the delivery that brought this version, for log and history
};

/// Persisted by name in sync_history.
enum class WriteResult {
  created,
  updated,
  deleted,
  unchanged,  ///< the destination held it already
  retry,      ///< due again after `delay`
  error,      ///< given up: waits for a new version or a replay
};

struct WriteOutcome {
  std::int64_t id = 0;
  std::int64_t version = 0;  ///< the desired_version that was written
  std::string request_id;    ///< the claim's
  WriteResult result = WriteResult::retry;
  std::string href;
  std::string etag;
  std::string normalised;  ///< hash of the normalised text
  std::string answer;      ///< what the server said, for the trace; no event text
  std::chrono::milliseconds delay{0};
};

/// An object as reconcile compares it.
struct KnownResource {
  std::int64_t id = 0;
  std::string href;
  std::string etag;
  std::string written_normalised;  ///< as in ClaimedObject
  bool deleted = false;            ///< tombstone: nothing of ours should be there
};

/// The queue of objects to write is level-triggered: however many versions were decided since, only the last is
/// written. State: pending → writing → clean | error; writing → pending when a lease ends, a retry is asked for, or the
/// desired version moved.
class ObjectStore {
 public:
  ObjectStore(Pool& pool, std::int64_t workspace_id);

  /// Claims due objects, oldest first. The first two writes of an object are due at once, further ones in quick
  /// succession are spaced (1 s, doubling up to 30 s, forgotten after 10 s without a write), so that a storm costs few
  /// PUTs; deletions are never delayed.
  Result<std::vector<ClaimedObject>> claim(const std::string& worker, int limit, std::chrono::seconds lease);

  /// When the next object not yet due becomes due, if any: how long a writer may sleep.
  Result<std::optional<std::chrono::milliseconds>> next_due();

  /// Records outcomes in one transaction, with their history and their mappings' status; a claim that is no longer
  /// `worker`'s is left alone.
  Result<void> record(std::span<const WriteOutcome> outcomes, const std::string& worker);

  Result<std::vector<KnownResource>> resources();

  /// Reconcile found these missing or changed: forget their ETag (missing) or take the found one (changed) and write
  /// again.
  struct Repair {
    std::int64_t id = 0;
    std::string found_etag;  ///< empty: nothing is there
    std::string reason;
  };
  Result<void> repair(std::span<const Repair> repairs);
  /// A changed ETag whose content is what we wrote: adopt it.
  Result<void> adopt_etag(std::int64_t id, const std::string& etag);
  /// The destination is back: objects that wait for their next attempt are due now. Returns how many.
  Result<int> retry_now();
  /// Objects given up, due again. Returns how many.
  Result<int> replay_errors();

 private:
  Pool& pool_;
  std::int64_t workspace_id_;
};

}  // namespace calmux::postgres
