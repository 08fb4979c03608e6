#include "middleware/config.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

extern char** environ;

namespace calmux {
namespace {

using Lookup = std::function<std::optional<std::string>(const std::string&)>;

constexpr std::array<std::pair<std::string_view, ConflictResolution>, 8> conflict_names{{
    {"last_write_wins", ConflictResolution::last_write_wins},
    {"priority_based", ConflictResolution::priority_based},
    {"manual", ConflictResolution::manual},
    {"field_merge", ConflictResolution::field_merge},
    {"source_wins", ConflictResolution::source_wins},
    {"destination_wins", ConflictResolution::destination_wins},
    {"merge", ConflictResolution::merge},
    {"keep_both", ConflictResolution::keep_both},
}};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

/// Reads variables and remembers what was wrong with them.
class Reader {
 public:
  Reader(const Lookup& lookup, std::vector<std::string>& errors) : lookup_(lookup), errors_(errors) {}

  std::optional<std::string> text(const std::string& name) {
    auto value = lookup_(name);
    if (!value) return std::nullopt;
    auto clean = trimmed(*value);
    if (clean.empty()) return std::nullopt;
    return clean;
  }

  std::optional<std::string> secret(const std::string& name) {
    if (auto value = text(name)) return value;
    const auto path = text(name + "_FILE");
    if (!path) return std::nullopt;
    std::ifstream file(*path);
    if (!file) {
      errors_.push_back(name + "_FILE: cannot read " + *path + "; name a file that this user may read");
      return std::nullopt;
    }
    std::ostringstream content;
    content << file.rdbuf();  // nothing comes from a folder
    auto clean = trimmed(content.str());
    if (clean.empty()) {
      errors_.push_back(name + "_FILE: " + *path + " is empty or no file");
      return std::nullopt;
    }
    return clean;
  }

  template <class Number>
  void number(const std::string& name, Number lowest, Number highest, const std::function<void(Number)>& set) {
    const auto value = text(name);
    if (!value) return;
    Number parsed{};
    const auto end = value->data() + value->size();
    const auto [rest, error] = std::from_chars(value->data(), end, parsed);
    if (error != std::errc{} || rest != end || parsed < lowest || parsed > highest) {
      errors_.push_back(name + ": \"" + *value + "\" is not a number from " + std::to_string(lowest) + " to " +
                        std::to_string(highest));
      return;
    }
    set(parsed);
  }

  void boolean(const std::string& name, bool& target) {
    const auto value = text(name);
    if (!value) return;
    const auto word = lower(*value);
    if (word == "true" || word == "1" || word == "yes") {
      target = true;
    } else if (word == "false" || word == "0" || word == "no") {
      target = false;
    } else {
      errors_.push_back(name + ": \"" + *value + "\" is neither true nor false");
    }
  }

 private:
  const Lookup& lookup_;
  std::vector<std::string>& errors_;
};

std::vector<std::string> split_list(const std::string& list) {
  std::vector<std::string> items;
  std::size_t begin = 0;
  while (begin <= list.size()) {
    const auto end = std::min(list.find(',', begin), list.size());
    if (auto item = trimmed(std::string_view(list).substr(begin, end - begin)); !item.empty())
      items.push_back(std::move(item));
    begin = end + 1;
  }
  return items;
}

void read_caldav(Reader& reader, Config& config, std::vector<std::string>& errors) {
  if (auto url = reader.text("CALDAV_URL")) {
    config.caldav_url = *url;
    if (!url->starts_with("http://") && !url->starts_with("https://")) {
      // An address may carry a password before its '@'.
      const auto shown = url->find('@') == std::string::npos ? "\"" + *url + "\" " : std::string();
      errors.push_back("CALDAV_URL: " + shown + "begins with neither http:// nor https://");
    }
  } else {
    errors.emplace_back("CALDAV_URL: missing; name the CalDAV server's address, or the calendar's own");
  }
  config.caldav_username = reader.text("CALDAV_USERNAME").value_or("");
  config.caldav_password = reader.secret("CALDAV_PASSWORD").value_or("");
  config.caldav_calendar_name = reader.text("CALDAV_CALENDAR_NAME").value_or("");
  config.caldav_ca_file = reader.text("CALDAV_CA_FILE").value_or("");
  reader.boolean("CALDAV_CREATE_CALENDAR", config.caldav_create_missing);
  reader.number<int>("CALDAV_PARALLEL", 1, 64, [&](int n) { config.caldav_parallel = n; });
}

void read_conflict_resolution(Reader& reader, Config& config, std::vector<std::string>& errors) {
  const auto value = reader.text("CONFLICT_RESOLUTION");
  if (!value) return;
  const auto found = std::ranges::find(conflict_names, lower(*value), &decltype(conflict_names)::value_type::first);
  if (found != conflict_names.end()) {
    config.conflict_resolution = found->second;
    return;
  }
  std::string expected;
  for (const auto& [name, unused] : conflict_names) expected += (expected.empty() ? "" : ", ") + std::string(name);
  errors.push_back("CONFLICT_RESOLUTION: \"" + *value + "\" is none of " + expected);
}

void read_logging(Reader& reader, Config& config, std::vector<std::string>& errors) {
  if (auto level = reader.text("LOG_LEVEL")) {
    config.log_level = lower(*level);
    constexpr std::array<std::string_view, 7> levels{"trace", "debug", "info", "warning", "warn", "error", "critical"};
    if (std::ranges::find(levels, config.log_level) == levels.end()) {
      errors.push_back("LOG_LEVEL: \"" + *level + "\" is none of DEBUG, INFO, WARNING, ERROR, CRITICAL");
    }
  }
  config.log_file = reader.text("LOG_FILE").value_or("");
}

void read_cancelled(Reader& reader, Config& config, std::vector<std::string>& errors) {
  if (const auto value = reader.text("CALMUX_CANCELLED")) {
    const auto word = lower(*value);
    config.cancelled.show = word == "show";
    if (word != "show" && word != "remove") {
      errors.push_back("CALMUX_CANCELLED: \"" + *value + "\" is neither remove nor show");
    }
  }
  config.cancelled.prefixes = split_list(reader.text("CALMUX_CANCELLED_PREFIXES").value_or(""));
}

void read_receiver(Reader& reader, Config& config, std::vector<std::string>& errors) {
  config.api_keys = split_list(reader.secret("API_KEY").value_or(""));
  for (const auto& key : config.api_keys) {
    if (key.size() < 8)
      errors.emplace_back("API_KEY: holds a key of fewer than 8 characters; `calmux key new` prints a good one");
  }
  config.address = reader.text("CALMUX_ADDRESS").value_or(config.address);
  reader.number<int>("CALMUX_PORT", 0, 65535, [&](int n) { config.port = static_cast<std::uint16_t>(n); });
  reader.number<std::size_t>("CALMUX_MAX_BODY_BYTES", 1024, std::size_t{64} << 20,
                             [&](std::size_t n) { config.max_body_bytes = n; });
  // Half of the workers that the documentation speaks of: the rest keeps answering while senders wait.
  reader.number<int>("CALMUX_WORKERS", 2, 1024, [&](int n) { config.max_waiting = n / 2; });
}

}  // namespace

ConfigResult read_config(const Lookup& lookup, const std::map<std::string, std::string>& source_priorities,
                         ConfigScope scope) {
  ConfigResult result;
  Config& config = result.config;
  auto& errors = result.errors;
  Reader reader(lookup, errors);

  if (auto url = reader.secret("DATABASE_URL")) {
    config.database_url = *url;
  } else {
    errors.emplace_back("DATABASE_URL: missing; name the PostgreSQL database, as in postgresql://user@host/calmux");
  }
  config.workspace = reader.text("CALMUX_WORKSPACE").value_or(config.workspace);
  read_logging(reader, config, errors);
  if (scope == ConfigScope::database) return result;

  read_caldav(reader, config, errors);
  read_receiver(reader, config, errors);
  read_conflict_resolution(reader, config, errors);
  read_cancelled(reader, config, errors);
  reader.number<int>("MAX_EVENT_AGE_DAYS", 0, 36500, [&](int days) {
    if (days > 0) config.max_event_age = std::chrono::days{days};
  });
  reader.number<int>("CALMUX_RECONCILE_MINUTES", 0, 10080,
                     [&](int n) { config.reconcile_every = std::chrono::minutes{n}; });
  reader.number<int>("CALMUX_INBOX_RETENTION_DAYS", 1, 3650,
                     [&](int n) { config.inbox_retention = std::chrono::days{n}; });
  for (const auto& [source, priority] : source_priorities) {
    int parsed = 0;
    const auto text = trimmed(priority);
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (error != std::errc{} || rest != text.data() + text.size()) {
      errors.push_back("SOURCE_PRIORITY_" + source + ": \"" + text + "\" is not a whole number");
      continue;
    }
    config.source_priority[lower(source)] = parsed;
  }
  return result;
}

ConfigResult read_environment(ConfigScope scope) {
  static constexpr std::string_view prefix = "SOURCE_PRIORITY_";
  std::map<std::string, std::string> priorities;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable(*entry);
    const auto equals = variable.find('=');
    if (!variable.starts_with(prefix) || equals == std::string_view::npos) continue;
    priorities.emplace(variable.substr(prefix.size(), equals - prefix.size()), variable.substr(equals + 1));
  }
  return read_config(
      [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        if (value == nullptr) return std::nullopt;
        return std::string(value);
      },
      priorities, scope);
}

}  // namespace calmux
