#include "middleware/routes.h"

#include <array>

namespace calmux {
namespace {

struct Pattern {
  std::string_view before;  ///< the whole path, or what precedes the variable segment
  std::string_view after;   ///< what follows it
  bool variable;
  std::string_view method;
  Route route;
};

constexpr std::array<Pattern, 18> patterns{{
    {"/api/webhook/event/created", "", false, "POST", Route::webhook_created},
    {"/api/webhook/event/updated", "", false, "POST", Route::webhook_updated},
    {"/api/webhook/event/deleted", "", false, "POST", Route::webhook_deleted},
    {"/api/webhook/event", "", false, "POST", Route::webhook_event},
    {"/api/health", "", false, "GET", Route::health},
    {"/api/health/live", "", false, "GET", Route::live},
    {"/api/health/ready", "", false, "GET", Route::ready},
    {"/metrics", "", false, "GET", Route::metrics},
    {"/api/stats", "", false, "GET", Route::stats},
    {"/api/sources", "", false, "GET", Route::sources},
    {"/api/sources/", "", true, "GET", Route::source},
    {"/api/events", "", false, "GET", Route::events},
    {"/api/events/", "/trace", true, "GET", Route::trace},
    {"/api/sync-history", "", false, "GET", Route::history},
    {"/api/operations/", "", true, "GET", Route::operation},
    {"/api/dead-letters", "", false, "GET", Route::dead_letters},
    {"/api/dead-letters/replay", "", false, "POST", Route::replay_all},
    {"/api/dead-letters/", "/replay", true, "POST", Route::replay_one},
}};

}  // namespace

std::optional<Match> match(std::string_view path) {
  for (const auto& pattern : patterns) {
    if (!pattern.variable) {
      if (path == pattern.before) return Match{pattern.route, pattern.method, {}};
      continue;
    }
    if (!path.starts_with(pattern.before) || !path.ends_with(pattern.after)) continue;
    if (path.size() <= pattern.before.size() + pattern.after.size()) continue;
    auto subject = path.substr(pattern.before.size());
    subject.remove_suffix(pattern.after.size());
    // An event's id may hold an encoded slash; other names never do.
    if (pattern.route != Route::trace && subject.find('/') != std::string_view::npos) continue;
    return Match{pattern.route, pattern.method, std::string(subject)};
  }
  return std::nullopt;
}

}  // namespace calmux
