#include "postgres/connection_string.h"

#include <libpq-fe.h>

#include <map>
#include <memory>

namespace calmux::postgres {

namespace {

std::string quoted(const std::string& value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

}  // namespace

Result<std::string> connection_string(const std::string& url, const SessionDefaults& defaults) {
  using namespace std::string_literals;
  char* complaint = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(PQconninfoParse(url.c_str(), &complaint),
                                                                            &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> complaint_owner(complaint, &PQfreemem);
  if (!parsed)
    return fail(ErrorKind::malformed, "the database URL cannot be read; is it postgresql://user:password@host/name?");

  std::map<std::string, std::string> parameters{
      {"connect_timeout", std::to_string(defaults.connect_timeout.count())},
      {"application_name", defaults.application_name},
      {"keepalives", "1"},
      {"keepalives_idle", "10"},
      {"keepalives_interval", "5"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "15000"},
      {"client_encoding", "UTF8"},
  };
  std::string options;
  for (const auto& [name, value] : defaults.settings)
    options.append("-c ").append(name).append("=").append(value).append(" ");
  for (const auto* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    // Of several settings of the same name the server takes the last: the URL's.
    if (option->keyword == "options"s) {
      options += option->val;
    } else {
      parameters[option->keyword] = option->val;
    }
  }
  if (!options.empty()) parameters["options"] = options;

  std::string text;
  for (const auto& [name, value] : parameters) text.append(name).append("=").append(quoted(value)).append(" ");
  return text;
}

}  // namespace calmux::postgres
