#include "middleware/answer.h"

#include <nlohmann/json.hpp>
#include <random>

namespace calmux {

std::string new_request_id() {
  thread_local std::mt19937_64 engine = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  static constexpr char digits[] = "0123456789abcdef";
  std::string id(32, '0');
  for (std::size_t half = 0; half < 2; ++half) {
    auto bits = engine();
    for (std::size_t i = 0; i < 16; ++i, bits >>= 4U) id[half * 16 + i] = digits[bits & 15U];
  }
  return id;
}

HttpResponse json_answer(int status, const nlohmann::json& body, std::string_view request_id) {
  HttpResponse response;
  response.status = status;
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  response.headers.push_back({"X-Request-ID", std::string(request_id)});
  return response;
}

HttpResponse error_answer(int status, std::string_view message, std::string_view request_id) {
  return json_answer(status, {{"status", "error"}, {"message", message}, {"request_id", request_id}}, request_id);
}

HttpResponse later_answer(int status, std::string_view message, std::string_view request_id, int retry_after_seconds) {
  auto response = error_answer(status, message, request_id);
  response.headers.push_back({"Retry-After", std::to_string(retry_after_seconds)});
  return response;
}

}  // namespace calmux
