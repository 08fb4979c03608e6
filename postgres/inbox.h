#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mappings/error.h"
#include "mappings/fold.h"
#include "postgres/pool.h"

namespace calmux::postgres {

/// Persisted by name in `inbox.media`.
enum class Media { json, icalendar };

/// A delivery as the receiver accepts it: authenticated, bounded, parsed just enough.
struct NewDelivery {
  std::string source_id;
  std::string source_event_id;
  Operation operation = Operation::create;
  std::string request_id;
  int item = 0;                 ///< position in a request that carried several
  std::string idempotency_key;  ///< at most 200 bytes; unique per source while the row is kept
  Media media = Media::json;
  std::string body;  ///< valid UTF-8 without NUL
};

struct Accepted {
  std::int64_t id = 0;
  bool duplicate = false;
  std::string request_id;  ///< of the delivery that is kept: the first one's for a duplicate
};

struct ClaimedDelivery {
  std::int64_t id = 0;
  std::string source_id;
  std::string source_event_id;
  Operation operation = Operation::create;
  std::string request_id;
  Media media = Media::json;
  std::string body;
  std::chrono::sys_seconds received;
  int attempt = 0;  ///< this one included
};

/// A body that was refused with 400 although its sender holds a valid key: kept for the operator.
struct RejectedBody {
  std::string source_id;
  std::string request_id;
  std::string body;  ///< bounded by the caller
  std::string reason;
};

/// Deliveries that are durable but not yet folded. State: pending → running → done | dead; running → pending when a
/// lease ends or a retry is asked for; dead → pending on replay. Thread-safe; every call is one transaction of its own.
class Inbox {
 public:
  Inbox(Pool& pool, std::int64_t workspace_id);

  /// One statement, one commit, whatever their number; registers sources that are new. The answers are in the order
  /// given. Safe to repeat after `database_in_doubt`: the unique key makes the second try a duplicate of the first.
  /// `database_refused` where PostgreSQL will not have one of them (NUL, invalid UTF-8, an id too long for an index,
  /// from 2.6 KB): then none is stored, and the others may be given again without it.
  Result<std::vector<Accepted>> accept(std::span<const NewDelivery> deliveries);

  /// Bytes that are not text are replaced. Born dead, and never replayed: the same body will never parse.
  Result<void> keep_rejected(const RejectedBody& rejected);

  /// Claims due deliveries, oldest first, all that are due of an event together (so there may be more than `limit`,
  /// which is how many are looked for); skips events that another worker holds. Leases that ended are claimed again. In
  /// the order of arrival.
  Result<std::vector<ClaimedDelivery>> claim(const std::string& worker, int limit, std::chrono::seconds lease);

  /// Gives deliveries back, due after `delay`. Counts as an attempt only as far as claim() already counted it.
  Result<void> retry(std::span<const std::int64_t> ids, const std::string& worker, std::chrono::milliseconds delay,
                     const std::string& reason);

  /// To the dead letters, with the reason; recorded in sync_history.
  Result<void> bury(std::int64_t id, const std::string& worker, const std::string& reason);

  /// Dead letters back to pending: by id, or all of a source ("" for every source). Returns how many.
  Result<int> replay(std::optional<std::int64_t> id, const std::string& source_id);

  /// Removes deliveries that were done longer ago than this; dead letters are kept. Returns how many.
  Result<int> prune(std::chrono::hours older_than);

 private:
  class Seen;

  Pool& pool_;
  std::int64_t workspace_id_;
  std::shared_ptr<Seen> seen_;  // when which source was last registered as seen
};

}  // namespace calmux::postgres
