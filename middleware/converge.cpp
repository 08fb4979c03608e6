#include "middleware/converge.h"

#include <algorithm>
#include <string>
#include <utility>

#include "connectors/icalendar/calendar_object_text.h"
#include "mappings/sha256.h"
#include "middleware/clock.h"
#include "middleware/retry_policy.h"

namespace calmux {
namespace {

using postgres::ClaimedObject;
using postgres::WriteOutcome;
using postgres::WriteResult;

/// How often one convergence looks again before it leaves the rest to a retry: another writer may be at work.
constexpr int looks = 3;
constexpr std::chrono::seconds budget{30};

struct Rendered {
  std::string body;
  std::string normalised;  ///< hash of the normalised text
};

Result<std::string> content_hash(std::string_view body) {
  return icalendar::normalised(body).map([](const std::string& text) { return sha256_hex(text); });
}

Result<Rendered> render(const ClaimedObject& object) {
  auto body = icalendar::build(*object.desired, object.desired_since);
  if (!body) return tl::unexpected(body.error());
  auto hash = content_hash(*body);
  if (!hash) return tl::unexpected(hash.error());
  return Rendered{std::move(*body), std::move(*hash)};
}

/// One convergence, request by request.
class Convergence {
 public:
  Convergence(const ClaimedObject& object, Destination& destination) : object_(object), destination_(destination) {
    outcome_.id = object.id;
    outcome_.version = object.desired_version;
    outcome_.request_id = object.request_id;
    outcome_.href = object.href;
    outcome_.etag = object.etag;
  }

  /// A resource that is known to be there stays where it is. Any other gets its place in the calendar that is
  /// configured now, which may not be the one that it was in.
  Result<void> place() {
    if (!outcome_.etag.empty() && !outcome_.href.empty()) return {};
    outcome_.href = destination_.href_for(object_.uid);
    if (!outcome_.href.empty()) return {};
    const auto opened = destination_.open();
    if (!opened) return tl::unexpected(opened.error());
    outcome_.href = destination_.href_for(object_.uid);
    return {};
  }

  Result<WriteOutcome> write() {
    const auto rendered = render(object_);
    if (!rendered) return tl::unexpected(rendered.error());
    outcome_.normalised = rendered->normalised;
    if (!outcome_.etag.empty() && object_.written_normalised == rendered->normalised) {
      return ended(WriteResult::unchanged, "nothing that is written changed");
    }
    for (int look = 0; may_look(look); ++look) {
      const bool create = outcome_.etag.empty();
      const auto written = create ? destination_.create(outcome_.href, rendered->body)
                                  : destination_.update(outcome_.href, outcome_.etag, rendered->body);
      if (written) {
        outcome_.etag = written->etag;
        return create ? ended(WriteResult::created, "the server created it")
                      : ended(WriteResult::updated, "the server took the change");
      }
      if (written.error().kind == ErrorKind::not_found) {
        // The collection is gone or moved: find or make it, then look again (RFC 4791 section 5.3.2).
        if (const auto opened = destination_.open(); !opened) return tl::unexpected(opened.error());
        outcome_.href = destination_.href_for(object_.uid);
        outcome_.etag.clear();
        continue;
      }
      if (written.error().kind != ErrorKind::precondition_failed) return tl::unexpected(written.error());
      const auto there = destination_.fetch(outcome_.href);
      if (!there && there.error().kind != ErrorKind::not_found) return tl::unexpected(there.error());
      outcome_.etag = there ? there->etag : "";
      if (!there) continue;
      if (const auto hash = content_hash(there->body); hash && *hash == rendered->normalised) {
        return ended(create ? WriteResult::created : WriteResult::updated, "the server held this content already");
      }
    }
    return fail(ErrorKind::precondition_failed, "somebody else keeps changing the resource; it is tried again later");
  }

  Result<WriteOutcome> remove() {
    for (int look = 0; may_look(look); ++look) {
      if (outcome_.etag.empty()) {
        const auto there = destination_.fetch(outcome_.href);
        if (!there && there.error().kind == ErrorKind::not_found) return removed("it was not there");
        if (!there) return tl::unexpected(there.error());
        outcome_.etag = there->etag;
      }
      const auto gone = destination_.remove(outcome_.href, outcome_.etag);
      if (gone) return removed("the server deleted it");
      if (gone.error().kind == ErrorKind::not_found) return removed("it was gone already");
      if (gone.error().kind != ErrorKind::precondition_failed) return tl::unexpected(gone.error());
      outcome_.etag.clear();
    }
    return fail(ErrorKind::precondition_failed, "somebody else keeps changing the resource; it is tried again later");
  }

 private:
  bool may_look(int look) const { return look < looks && std::chrono::steady_clock::now() < give_up_; }

  WriteOutcome ended(WriteResult result, std::string answer) {
    outcome_.result = result;
    outcome_.answer = std::move(answer);
    return outcome_;
  }

  WriteOutcome removed(std::string answer) {
    outcome_.etag.clear();
    return ended(WriteResult::deleted, std::move(answer));
  }

  const ClaimedObject& object_;
  Destination& destination_;
  const Deadline give_up_ = deadline_in(budget);
  WriteOutcome outcome_;
};

WriteOutcome failed(const ClaimedObject& object, const Error& error) {
  WriteOutcome outcome;
  outcome.id = object.id;
  outcome.version = object.desired_version;
  outcome.request_id = object.request_id;
  outcome.href = object.href;
  outcome.etag = object.etag;
  outcome.answer = error.message;
  const auto next = disposition(error.kind);
  const bool again = next == Disposition::retry || next == Disposition::hold || next == Disposition::resolve ||
                     (next == Disposition::attempt && object.attempt < max_attempts);
  outcome.result = again ? WriteResult::retry : WriteResult::error;
  if (again) outcome.delay = backoff(error, object.attempt, jitter());
  return outcome;
}

}  // namespace

Converged not_now(const ClaimedObject& object) {
  const Error error{ErrorKind::unavailable, "the destination does not answer", std::nullopt, std::nullopt};
  return {failed(object, error), error.kind};
}

Converged converge(const ClaimedObject& object, Destination& destination) {
  Convergence convergence(object, destination);
  const auto placed = convergence.place();
  if (!placed) return {failed(object, placed.error()), placed.error().kind};
  const auto outcome = object.desired ? convergence.write() : convergence.remove();
  if (outcome) return {*outcome, std::nullopt};
  return {failed(object, outcome.error()), outcome.error().kind};
}

}  // namespace calmux
