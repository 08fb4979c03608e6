#pragma once

#include <functional>
#include <memory>
#include <string>

namespace calmux::postgres {

/// Listens for NOTIFY on the channels `calmux_inbox` and `calmux_objects` with a connection and a thread of its own and
/// calls `wake(channel)` on that thread. Reconnects by itself (and wakes both channels after it did, since
/// notifications may have been missed). A hint only: callers poll too.
class Listener {
 public:
  Listener(std::string url, std::function<void(const std::string& channel)> wake);
  /// Ends the thread; `wake` is not called any more once this returns. Waits for an attempt to connect that is under
  /// way.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace calmux::postgres
