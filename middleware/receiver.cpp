#include "middleware/receiver.h"

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "middleware/answer.h"
#include "middleware/log.h"

namespace calmux {
namespace {

constexpr std::size_t longest_kept_body = 64 * 1024;
constexpr int retry_after_seconds = 5;

/// What the answer says of each delivery, kept while they are being committed.
struct Asked {
  std::vector<std::string> source_event_ids;
  std::vector<Operation> operations;
};

nlohmann::json one_accepted(const Asked& asked, std::size_t item, const postgres::Accepted& accepted) {
  return {{"status", "accepted"},
          {"operation", to_string(asked.operations[item])},
          {"source_event_id", asked.source_event_ids[item]},
          {"request_id", accepted.request_id},
          {"duplicate", accepted.duplicate}};
}

/// The request id that `GET /api/operations` knows: for a duplicate that of the delivery which is kept.
HttpResponse accepted_answer(const Asked& asked, const std::vector<postgres::Accepted>& accepted,
                             const std::string& request_id) {
  if (accepted.size() == 1)
    return json_answer(200, one_accepted(asked, 0, accepted.front()), accepted.front().request_id);
  nlohmann::json results = nlohmann::json::array();
  bool all_duplicates = true;
  for (std::size_t i = 0; i < accepted.size(); ++i) {
    all_duplicates = all_duplicates && accepted[i].duplicate;
    results.push_back(one_accepted(asked, i, accepted[i]));
  }
  const auto& known_as = all_duplicates ? accepted.front().request_id : request_id;
  return json_answer(200,
                     {{"status", "accepted"},
                      {"request_id", known_as},
                      {"duplicate", all_duplicates},
                      {"count", accepted.size()},
                      {"results", std::move(results)}},
                     known_as);
}

std::string header_text(const HttpResponse& response, std::string_view name) {
  for (const auto& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

}  // namespace

HttpResponse unauthorized_answer(const std::string& request_id) {
  auto response = error_answer(401, "no valid API key; send one in the X-API-Key header", request_id);
  response.headers.push_back({"WWW-Authenticate", "Bearer"});
  return response;
}

std::optional<HttpResponse> Receiver::refuse_sender(const HttpRequest& request, const std::string& request_id) const {
  switch (parts_.authenticator.check(request, request.header("X-Calendar-Source"))) {
  case Access::unknown_key:
    return unauthorized_answer(request_id);
  case Access::wrong_source:
    return error_answer(403, "this API key is not valid for the source named by X-Calendar-Source", request_id);
  case Access::granted:
    break;
  }
  return std::nullopt;
}

void Receiver::refuse(const HttpRequest& request, Responder responder, const WebhookRefusal& refusal,
                      const std::string& request_id) {
  parts_.metrics.refused.Increment();
  std::string source_id(request.header("X-Calendar-Source").value_or(""));
  if (!valid_source_id(source_id)) source_id.clear();
  // The reason may quote the event: its sender gets it, the dead letter keeps it, the log does not.
  log::info("delivery refused", request_id, {{"source_id", source_id}, {"status", std::to_string(refusal.status)}});
  log::debug("why it was refused", request_id, {{"reason", refusal.message}});
  auto response = std::make_shared<HttpResponse>(error_answer(refusal.status, refusal.message, request_id));
  if (!refusal.keep_body) return responder.send(std::move(*response));

  // The body is with the dead letters before its sender hears that it was refused.
  auto shared = std::make_shared<Responder>(std::move(responder));
  postgres::RejectedBody rejected{source_id, request_id, request.body.substr(0, longest_kept_body), refusal.message};
  const bool taken = parts_.tasks.submit([this, shared, response, rejected = std::move(rejected)] {
    if (const auto kept = parts_.inbox.keep_rejected(rejected); !kept) {
      log::warning("a refused body could not be kept", rejected.request_id, {{"reason", kept.error().message}});
      return shared->send(later_answer(503, "the database does not answer; send this again later", rejected.request_id,
                                       retry_after_seconds));
    }
    shared->send(std::move(*response));
  });
  if (!taken)
    shared->send(
        later_answer(429, "too many requests at a time; send this again later", request_id, retry_after_seconds));
}

void Receiver::receive(HttpRequest&& request, Responder&& responder, std::optional<Operation> by_path,
                       const std::string& request_id) {
  if (auto refused = refuse_sender(request, request_id)) {
    parts_.metrics.refused.Increment();
    return responder.send(std::move(*refused));
  }
  const std::string source_id(request.header("X-Calendar-Source").value_or(""));
  if (!valid_source_id(source_id)) {
    const auto* message = source_id.empty()
                              ? "the X-Calendar-Source header is missing; name the calendar that this event comes from"
                              : "X-Calendar-Source may hold 1 to 100 letters, digits and _ . - @ :";
    return refuse(request, std::move(responder), {400, message, true}, request_id);
  }
  auto webhook = read_webhook(request, by_path, source_id, request_id);
  if (!webhook) return refuse(request, std::move(responder), webhook.error(), request_id);

  Asked asked;
  for (const auto& delivery : webhook->deliveries) {
    asked.source_event_ids.push_back(delivery.source_event_id);
    asked.operations.push_back(delivery.operation);
  }
  auto shared = std::make_shared<Responder>(std::move(responder));
  const auto wait = webhook->wait;
  const auto since = std::chrono::steady_clock::now();
  const bool queued = parts_.committer.submit(
      std::move(webhook->deliveries), [this, shared, asked = std::move(asked), wait, since,
                                       request_id](Result<std::vector<postgres::Accepted>> accepted) {
        if (!accepted) {
          parts_.metrics.unavailable.Increment();
          log::warning("delivery not stored", request_id, {{"reason", accepted.error().message}});
          if (accepted.error().kind == ErrorKind::database_refused) {
            return shared->send(
                error_answer(400, "the database cannot hold this text: " + accepted.error().message, request_id));
          }
          return shared->send(later_answer(503, "the database does not answer; send this again later", request_id,
                                           retry_after_seconds));
        }
        for (const auto& one : *accepted)
          (one.duplicate ? parts_.metrics.duplicates : parts_.metrics.accepted).Increment();
        auto answer = accepted_answer(asked, *accepted, request_id);
        parts_.accepted();
        if (wait.count() > 0) {
          OutcomeWaiter::Waiting waiting{header_text(answer, "X-Request-ID"), std::move(answer), std::move(*shared),
                                         since, since + wait};
          if (parts_.waiter.take(waiting)) return;
          return waiting.responder.send(std::move(waiting.accepted));
        }
        shared->send(std::move(answer));
      });
  if (!queued) {
    parts_.metrics.unavailable.Increment();
    shared->send(
        later_answer(429, "too many deliveries at a time; send this again later", request_id, retry_after_seconds));
  }
}

}  // namespace calmux
