#include "middleware/answer.h"

#include <nlohmann/json.hpp>
#include <random>

#include "middleware/clock.h"

namespace calmux {

std::string new_request_id() {
  thread_local std::mt19937_64 engine = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  static constexpr char digits[] = "0123456789abcdef";
  constexpr std::size_t length = 32;
  constexpr std::size_t time_digits = 12;
  std::string id(length, '0');
  auto time = now_exactly().time_since_epoch().count();
  for (std::size_t i = time_digits; i-- > 0; time >>= 4) id[i] = digits[time & 15];
  for (std::size_t i = time_digits; i < length;) {
    auto bits = engine();
    for (std::size_t n = 0; n < 16 && i < length; ++n, ++i, bits >>= 4U) id[i] = digits[bits & 15U];
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
