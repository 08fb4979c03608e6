#include "middleware/webhook.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>

#include "connectors/icalendar/calendar_object_text.h"
#include "connectors/icalendar/envelope.h"
#include "connectors/m365/decode.h"
#include "mappings/sha256.h"
#include "postgres/text.h"

namespace calmux {
namespace {

constexpr int max_depth = 32;
constexpr std::chrono::seconds longest_wait{100};
constexpr std::size_t longest_idempotency_key = 255;

using Refused = tl::unexpected<WebhookRefusal>;

Refused refuse(int status, std::string message, bool keep_body) {
  return Refused({status, std::move(message), keep_body});
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// The media type without its parameters, and the charset if one is named (RFC 9110 section 8.3).
struct MediaType {
  std::string type;
  std::string charset;
};

MediaType media_type(const HttpRequest& request) {
  const auto text = lower(request.header("Content-Type").value_or("application/json"));
  MediaType media{text.substr(0, text.find(';')), {}};
  media.type.erase(media.type.find_last_not_of(" \t") + 1);
  if (const auto at = text.find("charset="); at != std::string::npos) {
    for (const char c : std::string_view(text).substr(at + 8)) {
      if (c == ';' || c == ' ') break;
      if (c != '"') media.charset += c;
    }
  }
  return media;
}

/// nlohmann's parser builds any depth; a deep document would cost its readers their stacks.
bool deeper_than(std::string_view json, int limit) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > limit) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

std::string where_in(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, std::min(byte > 0 ? byte - 1 : 0, text.size()));
  const auto line = 1 + std::ranges::count(before, '\n');
  const auto line_start = before.rfind('\n');
  const auto column = before.size() - (line_start == std::string_view::npos ? 0 : line_start + 1) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The seconds of one preference, `wait=10` or `wait="10"` with blanks around the sign; nothing where it is another
/// one.
std::optional<std::chrono::seconds> wait_of(std::string_view preference) {
  preference = trimmed(preference);
  const auto equals = preference.find('=');
  if (equals == std::string_view::npos || trimmed(preference.substr(0, equals)) != "wait") return std::nullopt;
  auto value = trimmed(preference.substr(equals + 1));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  unsigned seconds = 0;
  const auto [rest, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (rest == value.data() || rest != value.data() + value.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return longest_wait;
  return std::min<std::chrono::seconds>(std::chrono::seconds{seconds}, longest_wait);
}

/// RFC 7240: preferences stand in one header or in several, and of a repeated one the first counts. Some senders part
/// them with a semicolon, which would make `wait` a parameter of the one before; no preference has such a parameter.
std::chrono::seconds preferred_wait(const HttpRequest& request) {
  for (const auto& header : request.headers) {
    if (lower(header.name) != "prefer") continue;
    const auto preferences = lower(header.value);
    std::string_view rest = preferences;
    while (!rest.empty()) {
      const auto end = std::min(rest.find_first_of(",;"), rest.size());
      if (const auto wait = wait_of(rest.substr(0, end))) return *wait;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return {};
}

/// The operation of one item. A deletion is never overruled: its payload carries nothing that could be stored.
Operation operation_of(std::optional<Operation> by_path, std::optional<Operation> by_item) {
  if (by_item == Operation::delete_ || !by_path) return by_item.value_or(Operation::update);
  return *by_path;
}

/// What makes a delivery the same as another. The sender's own key where it sends one (Idempotency-Key, or webhook-id
/// of Standard Webhooks). Else the content; where that names no version, a later flow run that posts the same bytes may
/// mean a change back, so the run counts as well (a retry belongs to the same run).
std::string idempotency_key(const HttpRequest& request, const postgres::NewDelivery& delivery, bool versioned,
                            std::size_t item) {
  auto key = request.header("Idempotency-Key").value_or("");
  if (key.empty()) key = request.header("webhook-id").value_or("");
  std::string material = std::string(to_string(delivery.operation)) + '\n' + delivery.source_event_id + '\n';
  if (!key.empty()) return "key:" + sha256_hex(material + std::to_string(item) + '\n' + std::string(key));
  material += delivery.body;
  if (!versioned) material += '\n' + std::string(request.header("x-ms-workflow-run-id").value_or(""));
  return "body:" + sha256_hex(material);
}

tl::expected<std::vector<postgres::NewDelivery>, WebhookRefusal> read_json(const HttpRequest& request,
                                                                           std::optional<Operation> by_path) {
  if (deeper_than(request.body, max_depth)) {
    return refuse(
        413, "the JSON is nested more than " + std::to_string(max_depth) + " levels deep; send the event itself", true);
  }
  nlohmann::json document;
  try {
    document = nlohmann::json::parse(request.body);
  } catch (const nlohmann::json::out_of_range&) {
    return refuse(400, "the body holds a number that is out of range", true);
  } catch (const nlohmann::json::parse_error& e) {
    return refuse(400,
                  "the body is not valid JSON at " + where_in(request.body, e.byte) + "; check the flow's HTTP action",
                  true);
  }
  const auto items = m365::items(document);
  if (!items) return refuse(items.error().kind == ErrorKind::too_large ? 413 : 400, items.error().message, true);
  if (items->empty()) return refuse(400, "\"value\" holds no event; post at least one", false);

  std::vector<postgres::NewDelivery> deliveries;
  for (const auto* item : *items) {
    const auto envelope = m365::envelope(*item);
    if (!envelope) return refuse(400, envelope.error().message, true);
    postgres::NewDelivery delivery;
    delivery.source_event_id = envelope->source_event_id;
    delivery.operation = operation_of(by_path, envelope->operation);
    delivery.media = postgres::Media::json;
    delivery.body = items->size() == 1 && document.is_object() && item == &document ? request.body : item->dump();
    delivery.idempotency_key =
        idempotency_key(request, delivery, envelope->last_modified.has_value(), deliveries.size());
    deliveries.push_back(std::move(delivery));
  }
  return deliveries;
}

tl::expected<std::vector<postgres::NewDelivery>, WebhookRefusal> read_icalendar(const HttpRequest& request,
                                                                                std::optional<Operation> by_path) {
  if (postgres::storable(request.body) != request.body)
    return refuse(400, "the body is not valid UTF-8; send the object as UTF-8", true);
  const auto uid = icalendar::uid_of(request.body);
  if (!uid) return refuse(uid.error().kind == ErrorKind::too_large ? 413 : 400, uid.error().message, true);
  const auto events = icalendar::read(request.body);
  if (!events) {
    // A well-formed object that cannot be placed is accepted and kept among the dead letters, as JSON is.
    if (events.error().kind == ErrorKind::too_large) return refuse(413, events.error().message, true);
    if (events.error().kind != ErrorKind::unplaceable) return refuse(400, events.error().message, true);
  }
  postgres::NewDelivery delivery;
  delivery.source_event_id = *uid;
  delivery.operation = by_path.value_or(Operation::update);
  delivery.media = postgres::Media::icalendar;
  delivery.body = request.body;
  delivery.idempotency_key = idempotency_key(request, delivery, events && events->front().last_modified.has_value(), 0);
  return std::vector{std::move(delivery)};
}

}  // namespace

bool valid_source_id(std::string_view source_id) {
  return !source_id.empty() && source_id.size() <= 100 && std::ranges::all_of(source_id, [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("_.-@:").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

tl::expected<Webhook, WebhookRefusal> read_webhook(const HttpRequest& request, std::optional<Operation> by_path,
                                                   const std::string& source_id, const std::string& request_id) {
  const auto media = media_type(request);
  const bool icalendar = media.type == "text/calendar";
  const bool json = media.type == "application/json" || media.type == "text/json" || media.type.ends_with("+json");
  if (!icalendar && !json) {
    return refuse(415, "Content-Type is \"" + media.type + "\"; send application/json or text/calendar", false);
  }
  if (!media.charset.empty() && media.charset != "utf-8" && media.charset != "utf8" && media.charset != "us-ascii") {
    return refuse(415, "the charset is \"" + media.charset + "\"; send UTF-8", false);
  }
  if (request.body.empty()) return refuse(400, "the body is empty; post the event", false);
  if (request.body.find('\0') != std::string::npos) return refuse(400, "the body holds a NUL byte; send text", false);
  if (const auto key = request.header("Idempotency-Key"); key && key->size() > longest_idempotency_key) {
    return refuse(400, "Idempotency-Key is longer than 255 bytes; send a shorter one", false);
  }

  auto deliveries = icalendar ? read_icalendar(request, by_path) : read_json(request, by_path);
  if (!deliveries) return Refused(std::move(deliveries.error()));
  int item = 0;
  for (auto& delivery : *deliveries) {
    delivery.source_id = source_id;
    delivery.request_id = request_id;
    delivery.item = item++;
  }
  return Webhook{std::move(*deliveries), preferred_wait(request)};
}

}  // namespace calmux
