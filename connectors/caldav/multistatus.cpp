#include "connectors/caldav/multistatus.h"

#include <algorithm>

#include "connectors/xml.h"

namespace calmux::caldav {
namespace {

using xml::Element;

constexpr std::string_view caldav_ns = "urn:ietf:params:xml:ns:caldav ";

std::string_view local_name(std::string_view name) {
  const auto space = name.rfind(' ');
  return space == std::string_view::npos ? name : name.substr(space + 1);
}

bool is_caldav(const Element& element, std::string_view name) {
  return element.name.starts_with(caldav_ns) && local_name(element.name) == name;
}

// "HTTP/1.1 200 OK"; 0 where it is no status line.
int read_status(std::string_view line) {
  if (!line.starts_with("HTTP/")) return 0;
  const auto space = line.find(' ');
  if (space == std::string_view::npos || line.size() < space + 4) return 0;
  int status = 0;
  for (const char digit : line.substr(space + 1, 3)) {
    if (digit < '0' || digit > '9') return 0;
    status = status * 10 + (digit - '0');
  }
  if (line.size() > space + 4 && line[space + 4] != ' ') return 0;
  return status >= 100 && status < 600 ? status : 0;
}

std::string href_in(const Element& element) {
  const Element* href = element.child("DAV: href");
  return href == nullptr ? std::string() : std::string(href->trimmed());
}

void read_error_element(const Element& element, DavError& error) {
  for (const Element& condition : element.children) {
    error.conditions.emplace_back(local_name(condition.name));
    if (error.href.empty()) error.href = href_in(condition);
  }
}

void read_property(const Element& element, Properties& properties) {
  if (element.name == "DAV: getetag") {
    properties.etag = element.trimmed();
  } else if (element.name == "DAV: displayname") {
    properties.display_name = element.trimmed();
  } else if (element.name == "DAV: getcontenttype") {
    properties.content_type = element.trimmed();
  } else if (element.name == "DAV: sync-token") {
    properties.sync_token = element.trimmed();
  } else if (element.name == "DAV: current-user-principal") {
    if (std::string href = href_in(element); !href.empty()) properties.current_user_principal = std::move(href);
  } else if (element.name == "DAV: resourcetype") {
    properties.is_collection = element.child("DAV: collection") != nullptr;
    properties.is_principal = element.child("DAV: principal") != nullptr;
    properties.is_calendar = std::any_of(element.children.begin(), element.children.end(),
                                         [](const Element& type) { return is_caldav(type, "calendar"); });
  } else if (is_caldav(element, "calendar-data")) {
    properties.calendar_data = element.text;
  } else if (is_caldav(element, "calendar-home-set")) {
    for (const Element& href : element.children) {
      if (href.name == "DAV: href") properties.calendar_home_set.emplace_back(href.trimmed());
    }
  } else if (is_caldav(element, "supported-calendar-component-set")) {
    for (const Element& component : element.children) {
      if (is_caldav(component, "comp")) properties.components.emplace_back(component.attribute("name"));
    }
  }
}

Result<DavResponse> read_response(const Element& element) {
  DavResponse response;
  response.href = href_in(element);
  if (response.href.empty()) return fail(ErrorKind::protocol, "a multistatus with a response that has no href");
  for (const Element& part : element.children) {
    if (part.name == "DAV: status") {
      response.status = read_status(part.trimmed());
      if (response.status == 0) return fail(ErrorKind::protocol, "a multistatus with a status line that is none");
    } else if (part.name == "DAV: error") {
      read_error_element(part, response.error);
    } else if (part.name == "DAV: propstat") {
      const Element* line = part.child("DAV: status");
      const int status = line == nullptr ? 0 : read_status(line->trimmed());
      if (status == 0) return fail(ErrorKind::protocol, "a multistatus with a propstat that has no status");
      if (const Element* error = part.child("DAV: error")) read_error_element(*error, response.error);
      const Element* prop = part.child("DAV: prop");
      if (status < 200 || status >= 300) {
        response.failed_property_status.push_back(status);
      } else if (prop != nullptr) {
        for (const Element& property : prop->children) read_property(property, response.properties);
      }
    }
  }
  return response;
}

}  // namespace

bool DavError::names(std::string_view condition) const {
  return std::find(conditions.begin(), conditions.end(), condition) != conditions.end();
}

Result<Multistatus> read_multistatus(std::string_view body) {
  const auto document = xml::parse(body);
  if (!document) {
    return fail(document.error().kind == ErrorKind::too_large ? ErrorKind::too_large : ErrorKind::protocol,
                document.error().message);
  }
  Multistatus result;
  if (document->name == "DAV: error") {
    read_error_element(*document, result.error);
    return result;
  }
  if (document->name != "DAV: multistatus") {
    return fail(ErrorKind::protocol, "an XML document that is no multistatus");
  }
  for (const Element& element : document->children) {
    if (element.name == "DAV: response") {
      auto response = read_response(element);
      if (!response) return tl::unexpected(std::move(response.error()));
      result.responses.push_back(std::move(*response));
    } else if (element.name == "DAV: sync-token") {
      result.sync_token = element.trimmed();
    } else if (element.name == "DAV: error") {
      read_error_element(element, result.error);
    }
  }
  return result;
}

DavError read_error(std::string_view body) {
  constexpr std::size_t longest = 64 * 1024;
  DavError error;
  if (body.size() > longest || body.find('<') == std::string_view::npos) return error;
  if (const auto document = xml::parse(body); document && document->name == "DAV: error")
    read_error_element(*document, error);
  return error;
}

}  // namespace calmux::caldav
