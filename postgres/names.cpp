#include "postgres/names.h"

#include <stdexcept>
#include <string>

namespace calmux::postgres {

const char* name_of(Operation operation) {
  switch (operation) {
  case Operation::create:
    return "create";
  case Operation::update:
    return "update";
  case Operation::delete_:
    return "delete";
  }
  return "update";
}

Operation operation_named(std::string_view name) {
  if (name == "create") return Operation::create;
  if (name == "update") return Operation::update;
  if (name == "delete") return Operation::delete_;
  throw std::runtime_error("inbox.operation holds an unknown name: " + std::string(name));
}

const char* name_of(Media media) {
  switch (media) {
  case Media::json:
    return "json";
  case Media::icalendar:
    return "icalendar";
  }
  return "json";
}

Media media_named(std::string_view name) {
  if (name == "json") return Media::json;
  if (name == "icalendar") return Media::icalendar;
  throw std::runtime_error("inbox.media holds an unknown name: " + std::string(name));
}

const char* name_of(WriteResult result) {
  switch (result) {
  case WriteResult::created:
    return "created";
  case WriteResult::updated:
    return "updated";
  case WriteResult::deleted:
    return "deleted";
  case WriteResult::unchanged:
    return "unchanged";
  case WriteResult::retry:
    return "retry";
  case WriteResult::error:
    return "error";
  }
  return "error";
}

}  // namespace calmux::postgres
