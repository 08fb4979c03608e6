#include "middleware/http_core.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "middleware/http_text.h"

namespace calmux {

HttpResponse HttpCore::refuse(int status, std::string_view reason) {
  refused.fetch_add(1, std::memory_order_relaxed);
  HttpResponse response;
  try {
    response = refusal(status, reason);
  } catch (...) {
    response = HttpResponse{};
    response.body = R"({"status":"error","message":"the request failed"})";
    response.status = status;
  }
  if (status == 503) {
    const bool named = std::any_of(response.headers.begin(), response.headers.end(), [](const HttpHeader& field) {
      return equal_ignoring_case(field.name, "Retry-After");
    });
    if (!named) response.headers.push_back({"Retry-After", "1"});
  }
  return response;
}

IoInbox::IoInbox() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "cannot create an event descriptor");
}

IoInbox::~IoInbox() {
  ::close(fd_);
}

void IoInbox::post(std::shared_ptr<HttpConnection> connection) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    content_.connections.push_back(std::move(connection));
  }
  wake();
}

void IoInbox::post_tick() {
  {
    const std::lock_guard lock(mutex_);
    content_.tick = true;
  }
  wake();
}

void IoInbox::post_close_all() {
  {
    const std::lock_guard lock(mutex_);
    content_.close_all = true;
  }
  wake();
}

IoInbox::Content IoInbox::take() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto unread = ::read(fd_, &count, sizeof count);
  const std::lock_guard lock(mutex_);
  return std::exchange(content_, {});
}

void IoInbox::close() {
  Content dropped;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  std::swap(dropped, content_);
}

void IoInbox::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
}

}  // namespace calmux
