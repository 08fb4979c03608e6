#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "mappings/error.h"
#include "postgres/pool.h"

namespace calmux::postgres {

/// Which part of a listing: newest first; `before_id` continues after the last id of the page before.
struct Page {
  int limit = 100;  ///< 1 to 1000
  std::optional<std::int64_t> before_id;
};

/// Read-only views for the API, as JSON in the shapes that docs/api.md describes. Times are RFC 3339 UTC with a Z, or
/// null. Thread-safe. Listings are JSON arrays, newest first, of objects with an "id".
///
/// Counts are exact. Where counting takes longer than 20 ms (from some 100,000 rows on) a result is handed out again
/// for 50 times as long as it took, at most a minute.
class Overview {
 public:
  Overview(Pool& pool, std::int64_t workspace_id);

  /// {"total_events", "events_by_status": {synced, pending, error, deleted}, "recent_sync_operations": [the last 10 of
  /// history()],
  ///  "sources": [as sources()], "inbox": {pending, running, done, dead, oldest_pending_seconds},
  ///  "objects": {pending, writing, clean, error, oldest_unwritten_seconds}}; seconds are null where nothing waits.
  Result<nlohmann::json> stats();

  /// [{"source_id", "display_name", "type", "priority", "disclosure", "enabled", "expected_cadence_seconds",
  /// "event_count", "last_sync",
  ///   "sync_errors", "last_seen", "last_change"}], by name. event_count leaves deleted events out; last_sync is the
  ///   last write.
  Result<nlohmann::json> sources();

  /// One of sources(). `not_found` where there is no such source.
  Result<nlohmann::json> source(const std::string& source_id);

  /// [{"id", "source_id", "source_event_id", "title", "caldav_uid", "caldav_url", "sync_status", "last_synced",
  /// "last_error",
  ///   "created_at", "updated_at"}]. Empty filters match everything.
  Result<nlohmann::json> events(const std::string& source_id, const std::string& sync_status, const Page& page);

  /// [{"id", "source_id", "source_event_id", "operation_type", "status", "outcome", "detail", "warnings", "request_id",
  /// "created_at"}]
  Result<nlohmann::json> history(const std::string& source_id, const std::string& operation_type,
                                 const std::string& status, const Page& page);

  /// What became of a request, one entry for each delivery it carried. `not_found` where unknown or pruned.
  /// {"request_id", "deliveries": [{"item", "source_id", "source_event_id", "operation", "state", "status", "outcome",
  /// "reason",
  ///   "caldav_uid", "caldav_url", "received_at", "finished_at"}]}; state is received, decided, written, skipped, error
  ///   or dead; status
  /// accepted, success, skipped or error. A delivery whose object is to be written is a success once its version was.
  Result<nlohmann::json> operation(const std::string& request_id);

  /// Everything of one event: by mapping id or by source event id (of every source that knows it). `not_found` where
  /// unknown.
  /// {"events": [{"source_id", "source_event_id", "group_key", "title", "deleted", "version", "mapping": {…}|null,
  /// "object": {…}|null}],
  ///  "entries": [{"at", "what": "received"|"history", …}]}, the last 500 entries, oldest first.
  Result<nlohmann::json> trace(const std::string& event);

  /// [{"id", "source_id", "source_event_id", "operation", "request_id", "attempt", "reason", "received_at",
  /// "finished_at", "replayable",
  ///   "body": its first 4,000 characters, "body_bytes"}]
  Result<nlohmann::json> dead_letters(const std::string& source_id, const Page& page);

  /// Numbers for health and metrics: {"inbox_pending", "inbox_running", "inbox_done", "inbox_dead",
  /// "inbox_oldest_pending_seconds", "objects_pending", "objects_writing", "objects_clean", "objects_error",
  /// "objects_oldest_unwritten_seconds"}; 0 where nothing waits.
  Result<nlohmann::json> gauges();

 private:
  class Cache;

  Result<nlohmann::json> counts();
  Result<nlohmann::json> work();
  Result<nlohmann::json> listed_sources(const std::string& source_id);

  Pool& pool_;
  std::int64_t workspace_id_;
  std::shared_ptr<Cache> cache_;
};

}  // namespace calmux::postgres
