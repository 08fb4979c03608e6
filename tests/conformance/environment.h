#pragma once

#include <memory>
#include <string>

#include "connectors/caldav/caldav_destination.h"

namespace calmux::test {

/// The server that tests/support/caldav_servers.py runs this executable with.
struct CalDavServer {
  std::string name;
  std::string url;   ///< where discovery starts
  std::string home;  ///< the account's calendar home
  std::string username;
  std::string password;
  std::string control;  ///< path of a socket that stops and starts it
};

/// From the environment; a failed test where there is none.
CalDavServer caldav_server();

/// "stop", "start" or "kill9"; returns when it is done.
void control(const std::string& word);

/// Options for a calendar of that name, with short time-outs.
caldav::CalDavOptions options_for(const std::string& calendar_name);

/// A name that no other test of this run uses.
std::string fresh_name();

/// An event as small as RFC 5545 lets it be.
std::string event(const std::string& uid, const std::string& summary = "Planning");

/// A request to the server past the destination, with the right credentials; returns the status.
int raw_request(const std::string& method, const std::string& url, const std::string& body = {});

}  // namespace calmux::test
