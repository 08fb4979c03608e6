#include "middleware/api.h"

#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "middleware/answer.h"
#include "middleware/log.h"
#include "middleware/routes.h"
#include "postgres/text.h"

namespace calmux {
namespace {

constexpr int retry_after_seconds = 5;

std::string parameter(const HttpRequest& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::string() : found->second;
}

template <class Number>
Result<std::optional<Number>> number(const HttpRequest& request, const std::string& name, Number lowest,
                                     Number highest) {
  const auto text = parameter(request, name);
  if (text.empty()) return std::nullopt;
  Number value{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || rest != text.data() + text.size() || value < lowest || value > highest) {
    return fail(ErrorKind::malformed, "the parameter " + name + " must be a whole number from " +
                                          std::to_string(lowest) + " to " + std::to_string(highest));
  }
  return value;
}

Result<postgres::Page> page(const HttpRequest& request) {
  postgres::Page page;
  const auto limit = number<int>(request, "limit", 1, 1000);
  if (!limit) return tl::unexpected(limit.error());
  page.limit = limit->value_or(page.limit);
  auto before = number<std::int64_t>(request, "before_id", 1, INT64_MAX);
  if (!before) return tl::unexpected(before.error());
  page.before_id = *before;
  return page;
}

nlohmann::json success(const char* name, nlohmann::json value) {
  nlohmann::json answer{{"status", "success"}};
  if (value.is_array()) answer["count"] = value.size();
  answer[name] = std::move(value);
  return answer;
}

/// What PostgreSQL can be asked for.
bool is_text(const std::string& value) {
  return postgres::storable(value) == value;
}

int status_of(ErrorKind kind) {
  switch (kind) {
  case ErrorKind::malformed:
  case ErrorKind::unplaceable:
  case ErrorKind::refused:
    return 400;
  case ErrorKind::not_found:
    return 404;
  case ErrorKind::too_large:
    return 413;
  case ErrorKind::rate_limited:
    return 429;
  case ErrorKind::unavailable:
  case ErrorKind::timed_out:
  case ErrorKind::database_unavailable:
  case ErrorKind::database_conflict:
  case ErrorKind::database_in_doubt:
    return 503;
  case ErrorKind::precondition_failed:
  case ErrorKind::uid_conflict:
  case ErrorKind::unauthorized:
  case ErrorKind::peer_failed:
  case ErrorKind::protocol:
  case ErrorKind::database_refused:
  case ErrorKind::internal:
    return 500;
  }
  return 500;
}

}  // namespace

HttpResponse Api::health(const HttpRequest& request, const std::string& request_id) const {
  const bool known = parts_.authenticator.check(request, std::nullopt) == Access::granted;
  const auto report = parts_.health.report(known);
  return json_answer(report["status"] == "healthy" ? 200 : 503, report, request_id);
}

void Api::read(Responder responder, const std::string& request_id, Read read) {
  auto shared = std::make_shared<Responder>(std::move(responder));
  const bool taken = parts_.tasks.submit([shared, request_id, read = std::move(read)] {
    const auto result = read();
    if (result) return shared->send(json_answer(200, *result, request_id));
    const auto status = status_of(result.error().kind);
    if (status == 503) {
      return shared->send(
          later_answer(503, "the database does not answer; ask again later", request_id, retry_after_seconds));
    }
    if (status == 500) log::error("a request failed", request_id, {{"reason", result.error().message}});
    shared->send(error_answer(status, result.error().message, request_id));
  });
  if (!taken)
    shared->send(later_answer(429, "too many requests at a time; ask again later", request_id, retry_after_seconds));
}

Result<nlohmann::json> Api::replay(const std::string& id) {
  std::optional<std::int64_t> number;
  if (!id.empty()) {
    std::int64_t value = 0;
    const auto [rest, error] = std::from_chars(id.data(), id.data() + id.size(), value);
    if (error != std::errc{} || rest != id.data() + id.size())
      return fail(ErrorKind::not_found, "a dead letter's id is a number");
    number = value;
  }
  auto replayed = parts_.inbox.replay(number, "");
  if (replayed && !number) {
    replayed = parts_.objects.replay_errors().map([&](int objects) { return *replayed + objects; });
  }
  if (!replayed) return tl::unexpected(replayed.error());
  if (number && *replayed == 0)
    return fail(ErrorKind::not_found, "there is no dead letter with this id that can be replayed");
  parts_.replayed();
  return nlohmann::json{{"status", "success"}, {"replayed", *replayed}};
}

void Api::handle(HttpRequest&& request, Responder&& responder) {
  const auto request_id = new_request_id();
  const auto matched = match(request.path);
  if (!matched)
    return responder.send(
        error_answer(404, "there is nothing at this path; docs/api.md lists what there is", request_id));
  const bool get = matched->method == "GET";
  if (request.method != matched->method && !(get && request.method == "HEAD")) {
    auto response = error_answer(405, "this path takes " + std::string(matched->method), request_id);
    response.headers.push_back({"Allow", get ? "GET, HEAD" : std::string(matched->method)});
    return responder.send(std::move(response));
  }

  switch (matched->route) {
  case Route::webhook_created:
    return parts_.receiver.receive(std::move(request), std::move(responder), Operation::create, request_id);
  case Route::webhook_updated:
    return parts_.receiver.receive(std::move(request), std::move(responder), Operation::update, request_id);
  case Route::webhook_deleted:
    return parts_.receiver.receive(std::move(request), std::move(responder), Operation::delete_, request_id);
  case Route::webhook_event:
    return parts_.receiver.receive(std::move(request), std::move(responder), std::nullopt, request_id);
  case Route::health:
    return responder.send(health(request, request_id));
  case Route::live:
    return responder.send(json_answer(200, {{"status", "live"}}, request_id));
  case Route::ready: {
    const bool ready = parts_.health.can_accept();
    return responder.send(ready
                              ? json_answer(200, {{"status", "ready"}}, request_id)
                              : later_answer(503, "deliveries cannot be stored now", request_id, retry_after_seconds));
  }
  case Route::metrics:
  case Route::stats:
  case Route::sources:
  case Route::source:
  case Route::events:
  case Route::trace:
  case Route::history:
  case Route::operation:
  case Route::dead_letters:
  case Route::replay_one:
  case Route::replay_all:
    break;
  }

  if (parts_.authenticator.check(request, std::nullopt) != Access::granted)
    return responder.send(unauthorized_answer(request_id));
  if (matched->route == Route::metrics) {
    HttpResponse response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = parts_.metrics.text();
    response.headers.push_back({"X-Request-ID", request_id});
    return responder.send(std::move(response));
  }
  if (!is_text(matched->subject))
    return responder.send(error_answer(404, "the name in this path is not UTF-8", request_id));
  for (const auto& [name, value] : request.query) {
    if (!is_text(value)) return responder.send(error_answer(400, "a parameter of the query is not UTF-8", request_id));
  }
  read(std::move(responder), request_id, reader(request, *matched));
}

Api::Read Api::reader(const HttpRequest& request, const Match& matched) {
  auto& overview = parts_.overview;
  const auto& subject = matched.subject;
  const auto listed = page(request);
  if (!listed) return [error = listed.error()]() -> Result<nlohmann::json> { return tl::unexpected(error); };
  const auto named = [](const char* name) {
    return [name](nlohmann::json value) { return success(name, std::move(value)); };
  };
  const auto wanted = [&](const char* name) { return parameter(request, name); };

  switch (matched.route) {
  case Route::stats:
    return [=, &overview] { return overview.stats().map(named("stats")); };
  case Route::sources:
    return [=, &overview] { return overview.sources().map(named("sources")); };
  case Route::source:
    return [=, &overview] { return overview.source(subject).map(named("source")); };
  case Route::events:
    return [=, &overview, source = wanted("source_id"), status = wanted("sync_status")] {
      return overview.events(source, status, *listed).map(named("events"));
    };
  case Route::trace:
    return [=, &overview] { return overview.trace(subject).map(named("trace")); };
  case Route::history:
    return [=, &overview, source = wanted("source_id"), type = wanted("operation_type"), status = wanted("status")] {
      return overview.history(source, type, status, *listed).map(named("history"));
    };
  case Route::operation:
    return [=, &overview] { return overview.operation(subject); };
  case Route::dead_letters:
    return [=, &overview, source = wanted("source_id")] {
      return overview.dead_letters(source, *listed).map(named("dead_letters"));
    };
  case Route::replay_one:
    return [=, this] { return replay(subject); };
  case Route::replay_all:
    return [this] { return replay(""); };
  case Route::webhook_created:
  case Route::webhook_updated:
  case Route::webhook_deleted:
  case Route::webhook_event:
  case Route::health:
  case Route::live:
  case Route::ready:
  case Route::metrics:
    break;
  }
  return []() -> Result<nlohmann::json> { return fail(ErrorKind::internal, "this path has no reader"); };
}

}  // namespace calmux
