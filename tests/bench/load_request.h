#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "middleware/http_text.h"

namespace bench {

/// A request whose id is overwritten in place: rendering must cost the load next to nothing.
class RequestTemplate {
 public:
  RequestTemplate(const std::string& path, const std::string& headers, const std::string& body_text,
                  const std::string& prefix) {
    constexpr std::string_view kMark = "@ID@";
    const auto expanded = [&](std::string text) {
      const auto id = prefix + std::string(kDigits, '\0');
      for (auto at = text.find(kMark); at != std::string::npos; at = text.find(kMark))
        text.replace(at, kMark.size(), id);
      return text;
    };
    const auto body = expanded(body_text);
    text_ = expanded("POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" + headers +
                     "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n") +
            body;
    for (auto at = text_.find('\0'); at != std::string::npos; at = text_.find('\0', at + kDigits))
      places_.push_back(at);
  }

  const std::string& text() const { return text_; }

  void number(std::string& request, std::uint64_t value) const {
    std::array<char, kDigits> digits{};
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, value /= 10)
      *digit = static_cast<char>('0' + value % 10);
    for (const auto at : places_) std::ranges::copy(digits, request.begin() + static_cast<std::ptrdiff_t>(at));
  }

 private:
  static constexpr std::size_t kDigits = 10;
  std::string text_;
  std::vector<std::size_t> places_;
};

/// The length of the first answer in `received` and its status, once it is complete.
inline std::optional<std::pair<std::size_t, int>> complete_answer(std::string_view received) {
  const auto end = received.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  int status = 0;
  if (received.size() > 12) std::from_chars(received.data() + 9, received.data() + 12, status);
  std::size_t length = 0;
  std::string_view head = received.substr(0, end + 2);
  for (calmux::cut(head, '\n'); !head.empty();) {
    std::string_view value = calmux::cut(head, '\n');
    if (!calmux::equal_ignoring_case(calmux::cut(value, ':'), "Content-Length")) continue;
    value = calmux::trim_blanks(value);
    std::from_chars(value.data(), value.data() + value.size(), length);
  }
  if (received.size() < end + 4 + length) return std::nullopt;
  return std::pair{end + 4 + length, status};
}

}  // namespace bench
