#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace calmux {

/// What a path means. The names are those of docs/api.md.
enum class Route {
  webhook_created,
  webhook_updated,
  webhook_deleted,
  webhook_event,
  health,
  live,
  ready,
  metrics,
  stats,
  sources,
  source,
  events,
  trace,
  history,
  operation,
  dead_letters,
  replay_one,
  replay_all,
};

struct Match {
  Route route;
  std::string_view method;  ///< the one method that the path takes; GET includes HEAD
  std::string subject;      ///< the path's variable segment, where it has one
};

/// Nothing for a path that is not documented.
std::optional<Match> match(std::string_view path);

}  // namespace calmux
