#include "middleware/log.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

namespace calmux::log {
namespace {

constexpr std::size_t rotate_at_bytes = 10 << 20;
constexpr std::size_t rotated_files = 5;

void write(spdlog::level::level_enum level, std::string_view message, std::string_view request_id,
           std::initializer_list<Field> fields) {
  auto* logger = spdlog::default_logger_raw();
  if (!logger->should_log(level)) return;
  nlohmann::ordered_json line;
  line["message"] = message;
  line["request_id"] = request_id;
  for (const auto& [name, value] : fields) line[std::string(name)] = value;
  // A server's answer may hold any bytes: the line stays JSON, so what is not UTF-8 is replaced.
  const auto members = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  logger->log(level, std::string_view(members).substr(1));
}

}  // namespace

void start(const std::string& level, const std::string& file) {
  std::vector<spdlog::sink_ptr> sinks{std::make_shared<spdlog::sinks::stderr_sink_mt>()};
  if (!file.empty()) {
    try {
      sinks.push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file, rotate_at_bytes, rotated_files));
    } catch (const spdlog::spdlog_ex& e) {
      throw std::runtime_error("LOG_FILE: " + file + " cannot be opened for writing (" + e.what() + ")");
    }
  }
  auto logger = std::make_shared<spdlog::logger>("calmux", sinks.begin(), sinks.end());
  logger->set_level(spdlog::level::from_str(level == "warn" ? "warning" : level));
  logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v)", spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

void debug(std::string_view message, std::string_view request_id, std::initializer_list<Field> fields) {
  write(spdlog::level::debug, message, request_id, fields);
}
void info(std::string_view message, std::string_view request_id, std::initializer_list<Field> fields) {
  write(spdlog::level::info, message, request_id, fields);
}
void warning(std::string_view message, std::string_view request_id, std::initializer_list<Field> fields) {
  write(spdlog::level::warn, message, request_id, fields);
}
void error(std::string_view message, std::string_view request_id, std::initializer_list<Field> fields) {
  write(spdlog::level::err, message, request_id, fields);
}

}  // namespace calmux::log
